import { App, Chart, Duration } from 'cdk8s';
import { Criterion, GitSource, Iter8Pipeline, type Iter8PipelineProps, LoadProfile, type Override } from '../../../lib';
import { apply } from './bookinfo';
import { end, type Outcome, start } from './run';

const REGISTRY = 'registry.registry.svc.cluster.local:5000';

/** A pipeline on the cluster. */
export interface Delivery {
  readonly namespace: string;
  /** The manifest of a run. */
  readonly manifest: any;
  /** Those of runs of its sibling pipelines. */
  readonly overrides?: Record<string, any>;
}

/** How requests reach reviews in a namespace other than bookinfo: straight through the gateway. */
export function throughGateway(namespace: string): Partial<Iter8PipelineProps> {
  const host = `reviews.${namespace}.example.com`;
  return {
    hosts: [{ name: host, gateway: 'bookinfo-gateway' }],
    load: LoadProfile.constantRate({ host, path: '/cgi-bin/reviews', perSecond: 20 }),
  };
}

/** Applies a pipeline for reviews with a quick experiment, with changes of its manifests if need be. */
export async function deliver(
  namespace: string,
  repository: string,
  props: Partial<Iter8PipelineProps> = {},
  change: (manifest: any) => void = () => {},
  siblings: readonly (Override | 'undo')[] = [],
): Promise<Delivery> {
  const app = new App();
  const chart = new Chart(app, 'delivery', { namespace });
  const canary = new Iter8Pipeline(chart, 'reviews', {
    source: GitSource.repository(repository),
    image: `${REGISTRY}/${namespace}/reviews`,
    service: 'reviews',
    criteria: [Criterion.meanLatency({ belowMillis: 300 }), Criterion.errorRate({ below: 0.01 })],
    interval: Duration.seconds(2),
    // On a busy machine the first requests come when half of them are over.
    maxIterations: 14,
    maxIncrement: 25,
    readyDeadline: Duration.seconds(60),
    experimentDeadline: Duration.seconds(120),
    load: LoadProfile.constantRate({ mesh: true, port: 9080, path: '/cgi-bin/reviews', perSecond: 20 }),
    ...props,
  });
  const runs = new Chart(app, 'runs', { namespace });
  canary.newRun(runs, 'run');
  for (const action of siblings) {
    canary[action]().newRun(runs, action);
  }
  const manifests = chart.toJson();
  manifests.forEach(change);
  await apply(namespace, manifests);
  const [manifest, ...others] = runs.toJson();
  return { namespace, manifest, overrides: Object.fromEntries(siblings.map((action, i) => [action, others[i]])) };
}

/** Runs it to its end. */
export async function deliverOnce(
  { namespace, manifest }: Delivery,
  params: Record<string, string> = {},
  seconds?: number,
): Promise<Outcome> {
  return end(namespace, await start(manifest, params), seconds);
}
