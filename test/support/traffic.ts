import type { Cluster } from './kubernetes/cluster';

function routing(cluster: Cluster, namespace: string): { routes: any[]; leads: (route: any, pods: any) => boolean } {
  const routes = cluster.list('VirtualService', namespace).flatMap(({ spec }) => spec.http[0].route ?? []);
  const subsets = cluster.list('DestinationRule', namespace).flatMap(({ spec }) => spec.subsets ?? []);
  const leads = ({ destination }: any, pods: any) => {
    const subset = subsets.find(({ name }: any) => name === destination.subset);
    return subset !== undefined && Object.entries(subset.labels ?? {}).every(([key, value]) => pods[key] === value);
  };
  return { routes, leads };
}

/** What share of the traffic each version gets, by the routing; shared among all of them without any. */
export function traffic(cluster: Cluster, namespace: string): Record<string, number> {
  const { routes, leads } = routing(cluster, namespace);
  const deployments = cluster.list('Deployment', namespace);
  const shares = deployments.map(({ metadata, spec }): [string, number] => {
    const weight = routes
      .filter((route) => leads(route, spec.template.metadata.labels))
      .reduce((sum, each) => sum + (each.weight ?? (routes.length === 1 ? 100 : 0)), 0);
    return [metadata.name, routes.length === 0 ? 100 / deployments.length : weight];
  });
  return Object.fromEntries(shares);
}

/** Names of Deployments that are deleted from now on while the routing sends traffic to them. */
export function deletedLive(cluster: Cluster, namespace: string): string[] {
  const bad: string[] = [];
  cluster.store.prependListener('change', ({ type, object }) => {
    if (type === 'DELETED' && object.kind === 'Deployment') {
      const { routes, leads } = routing(cluster, namespace);
      const weighs = ({ weight }: any) => weight > 0 || routes.length === 1;
      const live = routes.some((route) => weighs(route) && leads(route, object.spec.template.metadata.labels));
      if (live || (routes.length === 0 && object.status?.availableReplicas > 0)) {
        bad.push(object.metadata.name);
      }
    }
  });
  return bad;
}
