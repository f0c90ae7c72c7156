import { ApiObject, Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { duplicateObject } from '../rules/duplicate-object';
import { validate } from '../rules/validation';
import { requireOneOf, requireQuantity, requireSubdomain } from '../rules/values';
import { WorkspaceBinding } from '../tekton/workspace-binding';
import type { Platform } from './platform';

/** The claim that wait and load share. */
export interface SharedClaimProps {
  /**
   * Name of the PersistentVolumeClaim.
   * @default experiment-stop-claim
   */
  readonly name?: string;
  /**
   * Storage class.
   * @default - the cluster's default
   */
  readonly storageClassName?: string;
  /**
   * Size, as Kubernetes writes quantities. There are just empty files in it.
   * @default 2Ki
   */
  readonly storage?: string;
  /**
   * Access mode: `ReadWriteOnce`, with which Tekton runs the tasks of a run on one node, or `ReadWriteMany`.
   * @default ReadWriteOnce
   */
  readonly accessMode?: string;
}

/** How the load learns that the experiment has ended. */
export class StopSignal {
  /** It looks at the experiment itself, which takes no volume. */
  public static experiment(): StopSignal {
    return new StopSignal();
  }

  /**
   * Besides, wait leaves a file on a volume as soon as it knows the verdict, and the load ends by it. Pipelines of one
   * namespace can share one: give all of them the same StopSignal.
   */
  public static sharedClaim(props: SharedClaimProps = {}): StopSignal {
    const what = 'StopSignal.sharedClaim';
    const { name = 'experiment-stop-claim', storageClassName, storage = '2Ki', accessMode = 'ReadWriteOnce' } = props;
    requireSubdomain(what, 'name', name);
    requireQuantity(what, 'storage', storage);
    requireOneOf(what, 'accessMode', accessMode, ['ReadWriteOnce', 'ReadWriteMany', 'ReadWriteOncePod']);
    if (storageClassName !== undefined) {
      requireSubdomain(what, 'storageClassName', storageClassName);
    }
    return new StopSignal({
      name,
      spec: { storageClassName, accessModes: [accessMode], resources: { requests: { storage } } },
    });
  }

  private readonly namespaces = new Set<string | undefined>();

  private constructor(private readonly claim?: { readonly name: string; readonly spec: object }) {}

  /** Makes the claim, once in a namespace, and answers what runs bind. @internal */
  public _bind(scope: Construct): WorkspaceBinding | undefined {
    if (!this.claim) {
      return undefined;
    }
    const { name, spec } = this.claim;
    const { namespace } = Chart.of(scope);
    if (!this.namespaces.has(namespace)) {
      this.namespaces.add(namespace);
      const claim = new ApiObject(scope, 'stop-claim', {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name },
        spec,
      });
      const duplicates = duplicateObject(claim, 'PersistentVolumeClaim', namespace, name);
      validate(
        claim,
        () => 0,
        () => duplicates,
      );
    }
    return WorkspaceBinding.persistentVolumeClaim(name);
  }

  /** For the pods that write to it: a new volume belongs to root. OpenShift gives it to its own group. @internal */
  public _podTemplate(platform: Platform): { readonly [field: string]: any } | undefined {
    const { runAsGroup: fsGroup } = platform._restricted;
    return this.claim && fsGroup !== undefined ? { securityContext: { fsGroup } } : undefined;
  }
}
