import { posix } from 'node:path';
import { type LocatedText, textsIn } from '../rules/reference';
import { requireQuantity } from '../rules/values';
import { copy } from './copy';
import { requireOneSource } from './volume';

/** A volume that a PipelineRun claims for itself. */
export interface VolumeClaimProps {
  /** Size, as Kubernetes writes quantities: `1Gi`. */
  readonly storage: string;
  /**
   * Storage class.
   * @default - the cluster's default
   */
  readonly storageClassName?: string;
  /**
   * Access modes.
   * @default ['ReadWriteOnce']
   */
  readonly accessModes?: string[];
}

/**
 * What a PipelineRun binds to a workspace.
 *
 * Tekton's default allows no more than one PersistentVolumeClaim in a task; use `subPath` to give several tasks parts
 * of one. (`docs/affinityassistants.md` of tektoncd/pipeline v1.15.)
 */
export class WorkspaceBinding {
  /** An empty folder, for each task its own: tasks don't share it. */
  public static emptyDir(): WorkspaceBinding {
    return new WorkspaceBinding({ emptyDir: {} });
  }

  /** A claim that exists. */
  public static persistentVolumeClaim(claimName: string): WorkspaceBinding {
    return new WorkspaceBinding({ persistentVolumeClaim: { claimName } });
  }

  /** A claim made for this run, and deleted with it. */
  public static volumeClaimTemplate(props: VolumeClaimProps): WorkspaceBinding {
    requireQuantity('WorkspaceBinding.volumeClaimTemplate', 'storage', props.storage);
    return new WorkspaceBinding({
      volumeClaimTemplate: {
        spec: {
          accessModes: [...(props.accessModes ?? ['ReadWriteOnce'])],
          storageClassName: props.storageClassName,
          resources: { requests: { storage: props.storage } },
        },
      },
    });
  }

  /** The keys of a Secret as files. */
  public static secret(secretName: string): WorkspaceBinding {
    return new WorkspaceBinding({ secret: { secretName } });
  }

  /** The keys of a ConfigMap as files. */
  public static configMap(name: string): WorkspaceBinding {
    return new WorkspaceBinding({ configMap: { name } });
  }

  /** Anything else that Tekton knows, in its own fields: `{ csi: { … } }`. */
  public static custom(source: { readonly [field: string]: any }): WorkspaceBinding {
    requireOneSource('WorkspaceBinding.custom', source);
    return new WorkspaceBinding(copy({ ...source }));
  }

  private constructor(
    private readonly source: { readonly [field: string]: any },
    private readonly folder?: string,
  ) {}

  /** The same volume, of which the run sees only a folder; inside that, if it is one already. The folder has to exist. */
  public subPath(folder: string): WorkspaceBinding {
    return new WorkspaceBinding(this.source, this.folder === undefined ? folder : posix.join(this.folder, folder));
  }

  /** What tells its PersistentVolumeClaim from those of other workspaces, if it is one. @internal */
  public _claim(name: string): string | undefined {
    const { persistentVolumeClaim, volumeClaimTemplate } = this.source;
    return persistentVolumeClaim
      ? `claim ${persistentVolumeClaim.claimName}`
      : volumeClaimTemplate && `template ${name}`;
  }

  /** @internal */
  public _texts(name: string): LocatedText[] {
    const { volumeClaimTemplate, ...source } = this.source;
    const where = `workspace ${name}`;
    return [...textsIn(where, source, 'fixed'), ...textsIn(where, this.folder, 'fixed')];
  }

  /** @internal */
  public _render(name: string): { [field: string]: any } {
    return { name, subPath: this.folder, ...this.source };
  }
}
