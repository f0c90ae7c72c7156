import type { World } from './world';

const HOST = 'reviews.team.svc.cluster.local';

/** A manifest as JSON, which is YAML too. */
export const manifest = (name: string, spec: object, kind = 'Deployment', apiVersion = 'apps/v1') =>
  JSON.stringify({ apiVersion, kind, metadata: { name }, ...(kind === 'ConfigMap' ? { data: spec } : { spec }) });

/** The spec of a Deployment. */
export const pods = (labels: Record<string, string>, containers: readonly string[] = ['reviews']) => ({
  selector: { matchLabels: labels },
  template: { metadata: { labels }, spec: { containers: containers.map((name) => ({ name, image: name })) } },
});

/** Version 1 is live, all traffic is held on it for experiment e, and run-1 has the service. */
export function holdTraffic(world: World): void {
  const labels = { 'iter8-tools/router': HOST, 'iter8-tools/role': 'initializing', 'iter8-tools/experiment': 'e.team' };
  const metadata = { name: 'reviews', namespace: world.namespace, labels };
  const subsets = [{ name: 'base', labels: { app: 'reviews', version: 'v1' } }];
  world.cluster.create({ kind: 'DestinationRule', metadata, spec: { host: HOST, subsets } });
  const http = [{ route: [{ destination: { host: HOST, subset: 'base' }, weight: 100 }] }];
  world.cluster.create({ kind: 'VirtualService', metadata, spec: { hosts: [HOST], http } });
  world.lease({ baseline: 'reviews-v1', candidate: 'reviews-1234567', experiment: 'e' });
}
