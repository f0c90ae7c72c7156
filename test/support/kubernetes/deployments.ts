import type { Clock } from './clock';
import { type Change, type KubernetesObject, resourceOf, type Store } from './store';

/** How the pods of a Deployment get on. */
export interface Behaviour {
  /** Seconds until they are ready. */
  readonly readyAfter?: number;
  /** Why they never are: the reason of a waiting container. */
  readonly never?: string;
}

const DEPLOYMENTS = resourceOf('Deployment');
const PODS = resourceOf('Pod');

/** Makes one pod for each Deployment, which becomes ready after a while, or never. */
export class DeploymentController {
  private readonly behaviours = new Map<string, Behaviour>();

  public constructor(
    private readonly store: Store,
    private readonly clock: Clock,
  ) {
    store.on('change', (change: Change) => {
      if (change.resource === DEPLOYMENTS && change.type !== 'DELETED') {
        this.reconcile(change.object);
      }
    });
  }

  /** Says how the pods of a Deployment will get on, from its next change on. */
  public expect(name: string, behaviour: Behaviour): void {
    this.behaviours.set(name, behaviour);
  }

  private reconcile(deployment: KubernetesObject): void {
    const { name, namespace, generation, uid } = deployment.metadata;
    if (deployment.status?.observedGeneration === generation) {
      return;
    }
    const { readyAfter = 0, never } = this.behaviours.get(name) ?? {};
    const replicas = deployment.spec?.replicas ?? 1;
    this.report(deployment, { observedGeneration: generation, replicas, updatedReplicas: replicas }, false);
    const template = deployment.spec?.template ?? {};
    const pod = {
      metadata: {
        name: `${name}-${generation}`,
        labels: template.metadata?.labels,
        // The ReplicaSet between them is left out, but for its kind.
        ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name, uid }],
      },
      spec: template.spec,
      status: this.podStatus(template, false, never),
    };
    for (const old of this.store.list(PODS, namespace)) {
      if (old.metadata.ownerReferences?.[0]?.uid === uid) {
        this.store.delete({ resource: PODS, namespace, name: old.metadata.name });
      }
    }
    this.store.create(PODS, namespace, pod);
    if (never === undefined) {
      this.clock.after(readyAfter, () => this.ready(namespace, name, generation, template));
    }
  }

  private ready(namespace: string, name: string, generation: number, template: any): void {
    const found = this.store.list(DEPLOYMENTS, namespace).find((each) => each.metadata.name === name);
    if (found?.metadata.generation === generation) {
      const replicas = found.spec?.replicas ?? 1;
      const pod = { resource: PODS, namespace, name: `${name}-${generation}` };
      this.store.update(pod, { ...this.store.get(pod), status: this.podStatus(template, true) }, 'status');
      const all = {
        observedGeneration: generation,
        replicas,
        updatedReplicas: replicas,
        readyReplicas: replicas,
        availableReplicas: replicas,
      };
      this.report(found, all, true);
    }
  }

  private report({ metadata }: KubernetesObject, status: object, available: boolean): void {
    const key = { resource: DEPLOYMENTS, namespace: metadata.namespace, name: metadata.name };
    const conditions = [
      { type: 'Available', status: available ? 'True' : 'False', reason: 'MinimumReplicas', message: '' },
    ];
    this.store.update(key, { status: { ...status, conditions } }, 'status');
  }

  private podStatus(template: any, ready: boolean, never?: string): object {
    const state = never === undefined ? { running: {} } : { waiting: { reason: never, message: 'it never will' } };
    return {
      phase: never === undefined ? 'Running' : 'Pending',
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
      containerStatuses: (template.spec?.containers ?? []).map(({ name }: any) => ({ name, ready, state })),
    };
  }
}
