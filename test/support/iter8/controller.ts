import type { Cluster } from '../kubernetes/cluster';
import { type Change, type Key, type KubernetesObject, resourceOf } from '../kubernetes/store';
import { reconcileV1Alpha1 } from './v1alpha1';
import { reconcileV1Alpha1V02 } from './v1alpha1-v0.2';
import { reconcileV1Alpha2 } from './v1alpha2';

/** What the analytics say of a candidate each time they are asked. */
export type Verdict = 'candidate' | 'none' | 'unknown' | 'baseline' | 'rollback' | 'error';

/** The controllers that there are doubles of. */
export type Iter8Version = 'v1alpha2' | 'v1alpha1' | 'v1alpha1-v0.2';

const RECONCILE = {
  v1alpha2: reconcileV1Alpha2,
  v1alpha1: reconcileV1Alpha1,
  'v1alpha1-v0.2': reconcileV1Alpha1V02,
};

const EXPERIMENTS = resourceOf('Experiment');

/**
 * A double of iter8's controller and of its analytics, for experiments with one candidate. It does what the real
 * controllers were seen to do, their mistakes included: it asks again only after an interval, after the experiment's
 * specification has changed, or after something that the experiment claims was created or deleted.
 */
export class Iter8 {
  /** What the analytics say, by the experiment's name. */
  public readonly verdicts = new Map<string, Verdict>();
  /** What they say where nothing is given. */
  public verdict: Verdict = 'candidate';
  private running = false;
  private queue = new Set<string>();
  private generations = new Map<string, string>();
  private claims = new Map<string, string>();
  private woken = new Set<string>();
  private epoch = 0;

  public constructor(
    public readonly cluster: Cluster,
    private readonly version: Iter8Version = 'v1alpha2',
  ) {
    cluster.store.on('change', (change: Change) => this.notice(change));
  }

  /** Starts it, or starts it again: it has forgotten when the next iterations are due, and asks for all experiments. */
  public start(): void {
    this.running = true;
    this.epoch += 1;
    this.generations.clear();
    this.claims.clear();
    this.woken.clear();
    for (const object of this.cluster.list('Experiment', '')) {
      this.enqueue(keyOf(object));
    }
  }

  /** Stops it: nothing goes on. */
  public stop(): void {
    this.running = false;
    this.queue.clear();
  }

  /** Registers what an experiment needs; tells what another one has registered already. */
  public claim(key: string, targets: readonly string[]): string | undefined {
    const held = [...this.claims.values()].includes(key);
    const taken = held ? undefined : targets.find((target) => this.claims.has(target));
    if (taken === undefined) {
      for (const target of targets) {
        this.claims.set(target, key);
      }
    }
    return taken;
  }

  /** Gives free what an experiment has registered. */
  public release(key: string): void {
    for (const [target, holder] of this.claims) {
      if (holder === key) {
        this.claims.delete(target);
      }
    }
    this.woken.delete(key);
  }

  /** Whether something that the experiment needs came or went since this was asked last. */
  public wokenBy(key: string): boolean {
    return this.woken.delete(key);
  }

  /** Writes the status, unless somebody else has changed the experiment meanwhile: then it is lost. */
  public save(experiment: KubernetesObject): void {
    this.attempt(() => {
      const written = this.cluster.store.update(this.key(experiment), experiment, 'status');
      experiment.metadata = written.metadata;
    });
  }

  /** Changes all but the status. */
  public change(experiment: KubernetesObject, change: (object: KubernetesObject) => void): void {
    this.attempt(() => {
      const { status } = experiment;
      const next = structuredClone(experiment);
      change(next);
      Object.assign(experiment, this.cluster.store.update(this.key(experiment), next), { status });
    });
    this.generations.set(keyOf(experiment), generationOf(experiment));
  }

  /** Has the controller's finalizer on an experiment, or not. */
  public finalizer(experiment: KubernetesObject, wanted: boolean): void {
    const name = 'finalizer.iter8-tools';
    const old: string[] = experiment.metadata.finalizers ?? [];
    if (old.includes(name) !== wanted) {
      this.change(experiment, ({ metadata }) => {
        metadata.finalizers = wanted ? [...old, name] : old.filter((each) => each !== name);
      });
    }
  }

  public get now(): number {
    return this.cluster.clock.now;
  }

  private attempt(action: () => void): void {
    try {
      action();
    } catch {
      // Another writer was faster, or the experiment is gone; the real controller only logs that.
    }
  }

  private key({ metadata }: KubernetesObject): Key {
    return { resource: EXPERIMENTS, namespace: metadata.namespace, name: metadata.name };
  }

  private notice({ type, resource, object }: Change): void {
    const key = keyOf(object);
    if (resource === EXPERIMENTS) {
      const generation = generationOf(object);
      if (type === 'DELETED') {
        this.generations.delete(key);
        this.release(key);
      } else if (this.generations.get(key) !== generation) {
        this.generations.set(key, generation);
        this.enqueue(key);
      }
    } else if (type !== 'MODIFIED') {
      const experiment = this.claims.get(`${resource.kind} ${key}`);
      if (experiment) {
        this.woken.add(experiment);
        this.enqueue(experiment);
      }
    }
  }

  private enqueue(key: string): void {
    if (this.running && !this.queue.has(key)) {
      this.queue.add(key);
      const { epoch } = this;
      this.cluster.clock.after(0.1, () => this.reconcile(key, epoch));
    }
  }

  private reconcile(key: string, epoch: number): void {
    this.queue.delete(key);
    const [namespace, name] = key.split('/');
    const experiment = this.cluster.find('Experiment', namespace, name);
    if (!this.running || epoch !== this.epoch || !experiment) {
      return;
    }
    const again = RECONCILE[this.version](this, experiment);
    if (again > 0) {
      this.cluster.clock.after(again, () => epoch === this.epoch && this.enqueue(key));
    }
  }
}

/** Namespace and name. */
export function keyOf({ metadata }: KubernetesObject): string {
  return `${metadata.namespace}/${metadata.name}`;
}

function generationOf({ metadata }: KubernetesObject): string {
  return `${metadata.uid} ${metadata.generation}`;
}
