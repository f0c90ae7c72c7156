import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Clock } from './clock';
import { DeploymentController } from './deployments';
import type { Rbac } from './rbac';
import { ApiServer, type Fault, type Request } from './server';
import { type KubernetesObject, resourceOf, Store } from './store';

/**
 * A double of a Kubernetes cluster in this process, for programs that speak to it by kubectl. It has the API with its
 * conflicts and watches, and a controller for Deployments; it runs nothing. It has a time of its own.
 */
export class Cluster {
  /** A folder for files of this cluster, removed when it stops. */
  public readonly folder = mkdtempSync(join(tmpdir(), 'cluster-'));
  public readonly clock = new Clock(join(this.folder, 'clock'));
  public readonly store = new Store();
  public readonly deployments = new DeploymentController(this.store, this.clock);
  /** The file for KUBECONFIG. */
  public readonly kubeconfig = join(this.folder, 'kubeconfig');
  private readonly server = new ApiServer(this.store, this.clock);

  public async start(): Promise<void> {
    await this.clock.start();
    const server = await this.server.start();
    writeFileSync(
      this.kubeconfig,
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [{ name: 'double', cluster: { server } }],
        contexts: [{ name: 'double', context: { cluster: 'double', user: '' } }],
        'current-context': 'double',
      }),
    );
  }

  public async stop(): Promise<void> {
    await this.clock.stop();
    this.store.removeAllListeners();
    await this.server.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** All requests for objects that came, but for those of the doubles in this process. */
  public get requests(): Request[] {
    return this.server.requests;
  }

  /** Calls this at each request for an object, before it is answered. */
  public onRequest(action: () => void): void {
    this.server.heard = action;
  }

  /** Has requests go wrong; the answer puts an end to it. */
  public fault(fault: Fault): () => void {
    this.server.faults.push(fault);
    return () => {
      this.server.faults.splice(this.server.faults.indexOf(fault), 1);
    };
  }

  /** Has requests of service accounts refused that these do not allow. */
  public enforce(rbac: Rbac): void {
    this.server.rbac = rbac;
  }

  /** Has the API server refuse connections for some seconds. */
  public async refuse(seconds: number): Promise<void> {
    const end = await this.server.refuse();
    this.clock.after(seconds, () => void end());
  }

  public create(object: KubernetesObject): KubernetesObject {
    return this.store.create(resourceOf(object.kind), object.metadata.namespace ?? '', object);
  }

  /** An object, or undefined where there is none. */
  public find(kind: string, namespace: string, name: string): KubernetesObject | undefined {
    return this.store.list(resourceOf(kind), namespace).find(({ metadata }) => metadata.name === name);
  }

  public list(kind: string, namespace: string, selector = ''): KubernetesObject[] {
    return this.store.list(resourceOf(kind), namespace, selector);
  }

  /** Changes an object in place, whatever its version. */
  public change(
    kind: string,
    namespace: string,
    name: string,
    change: (object: KubernetesObject) => void,
    subresource = '',
  ): void {
    const key = { resource: resourceOf(kind), namespace, name };
    const object = this.store.get(key);
    change(object);
    this.store.update(key, object, subresource);
  }

  /** Has an object be older than it is. */
  public backdate(kind: string, namespace: string, name: string, creationTimestamp: string): void {
    this.store.backdate({ resource: resourceOf(kind), namespace, name }, creationTimestamp);
  }

  public delete(kind: string, namespace: string, name: string): void {
    this.store.delete({ resource: resourceOf(kind), namespace, name });
  }

  /** Waits until something is so. What programs do in the background gets a moment of real time too. */
  public async until(what: string, seconds: number, so: () => boolean): Promise<void> {
    const end = this.clock.now + seconds;
    while (!so()) {
      if (this.clock.now > end) {
        throw new Error(`${what}: not within ${seconds} seconds`);
      }
      await new Promise((resolve) => setTimeout(resolve, 2));
      await this.clock.sleep(0.2);
    }
  }
}
