import type { Iter8Version } from './iter8/controller';
import type { TaskOutcome } from './tekton/task-runner';
import { World } from './world';

/** What a test sets up: how an experiment stands when the wait task looks at it. */
export interface EndState {
  /** Shares of the traffic of baseline and candidate, by the status and by the routing alike. */
  readonly weights: readonly [baseline: number, candidate: number];
  /** Shares by the routing where the status says something else. */
  readonly routed?: readonly [baseline: number, candidate: number];
  readonly completed?: boolean;
  readonly phase?: string;
  readonly message?: string;
  /** The version that a field of the status calls the winner. */
  readonly winner?: 'baseline' | 'candidate';
  readonly breached?: boolean;
  readonly criteria?: boolean;
  readonly override?: boolean;
  readonly neverRouted?: boolean;
  readonly deleted?: boolean;
}

const ended = { completed: true, phase: 'Completed', criteria: true };

/** All ways in which an experiment can end or not end, by the words of docs/verdicts.md. */
export const END_STATES: Record<string, EndState> = {
  'the candidate won': { ...ended, weights: [0, 100], winner: 'candidate' },
  'the candidate missed a criterion': { ...ended, weights: [100, 0], breached: true },
  'the baseline won': { ...ended, weights: [100, 0], winner: 'baseline' },
  'no winner was found': { ...ended, weights: [100, 0] },
  'no criteria': { ...ended, weights: [100, 0], criteria: false },
  'the candidate won, and the baseline was to stay': { ...ended, weights: [100, 0], winner: 'candidate' },
  'no criteria, and the candidate was taken': { ...ended, weights: [0, 100], criteria: false },
  'it never began': { ...ended, phase: 'Failed', message: 'ExperimentFailed', weights: [0, 0], breached: true },
  'a person ended it for the baseline': { ...ended, weights: [100, 0], override: true, winner: 'candidate' },
  'a person ended it for the candidate': { ...ended, weights: [0, 100], override: true },
  'it kept the last split': { ...ended, weights: [60, 40], winner: 'candidate' },
  'status and routing contradict each other': {
    ...ended,
    message: 'Traffic To Winner',
    weights: [0, 100],
    routed: [50, 50],
    winner: 'candidate',
  },
  'it lost its routing': { ...ended, message: 'RoutingRulesError', weights: [100, 0], neverRouted: true },
  'it was deleted': { deleted: true, weights: [100, 0] },
  'it was deleted after the candidate had won': { deleted: true, weights: [0, 100] },
  'iter8 paused it': {
    phase: 'Pause',
    message: 'TargetsError: Candidate Not Ready',
    weights: [100, 0],
    criteria: true,
  },
  'a person paused it': { phase: 'Pause', message: 'ActionPause', weights: [80, 20], criteria: true },
  'the analytics fail': {
    phase: 'Pause',
    message: 'AnalyticsServiceError: no answer',
    weights: [80, 20],
    criteria: true,
  },
  'the controller is silent': {
    phase: 'Progressing',
    message: 'IterationUpdate: 1/8',
    weights: [80, 20],
    criteria: true,
  },
};

/** A world in which run-1 waits for an experiment in this state; the controller of iter8 does not answer. */
export async function inState(state: EndState, version: Iter8Version, gone: readonly string[]): Promise<World> {
  const world = await World.start({ version });
  world.iter8.stop();
  const { cluster, namespace } = world;
  world.deploy('reviews-v2', { version: 'v2' }, 'run-1');
  await cluster.until('the candidate is ready', 20, () => world.available('reviews-v2'));
  const uid = state.deleted ? 'gone' : experiment(world, state, version);
  const notes = {
    run: 'run-1',
    baseline: 'reviews-v1',
    candidate: 'reviews-v2',
    experiment: 'reviews-x',
    'experiment-uid': uid,
    image: 'registry.example.com/reviews@sha256:1',
    until: String(Math.floor(cluster.clock.now) + 10_000),
  };
  cluster.create({
    kind: 'Lease',
    metadata: {
      name: 'cdk8s-iter8-reviews',
      namespace,
      annotations: Object.fromEntries(Object.entries(notes).map(([key, value]) => [`cdk8s-iter8/${key}`, value])),
    },
    spec: { holderIdentity: 'run-1', leaseDurationSeconds: 180 },
  });
  routing(world, state, version);
  for (const name of gone) {
    cluster.delete('Deployment', namespace, name);
  }
  return world;
}

/** The PipelineRun that has the service has ended, without its finally. */
export function runHasEnded({ cluster, namespace }: World): void {
  const status = { conditions: [{ type: 'Succeeded', status: 'False' }] };
  cluster.create({ kind: 'PipelineRun', metadata: { name: 'run-1', namespace }, status });
  cluster.change('Lease', namespace, 'cdk8s-iter8-reviews', ({ metadata }) => {
    metadata.annotations['cdk8s-iter8/pipeline-run'] = `${namespace}/run-1`;
  });
}

function experiment({ cluster, namespace }: World, state: EndState, version: Iter8Version): string {
  const { weights, completed, phase, message, winner, breached, criteria, override, neverRouted } = state;
  const one = version !== 'v1alpha2';
  const asked = weights[0] === 100 ? 'override_failure' : 'override_success';
  const made = cluster.create({
    kind: 'Experiment',
    metadata: { name: 'reviews-x', namespace },
    ...(override && version === 'v1alpha1-v0.2' && { action: asked }),
    spec: one
      ? {
          targetService: { apiVersion: 'v1', name: 'reviews', baseline: 'reviews-v1', candidate: 'reviews-v2' },
          analysis: { successCriteria: criteria ? [{ metricName: 'iter8_latency' }] : [] },
          ...(override && version === 'v1alpha1' && { assessment: asked }),
        }
      : {
          service: { name: 'reviews', baseline: 'reviews-v1', candidates: ['reviews-v2'] },
          ...(criteria && { criteria: [{ metric: 'iter8_mean_latency' }] }),
          ...(override && { manualOverride: { action: 'terminate' } }),
        },
  });
  const conditions = [
    { type: 'ExperimentCompleted', status: completed ? 'True' : 'False' },
    { type: 'RoutingRulesReady', status: neverRouted ? 'False' : 'True' },
    ...(one && completed ? [{ type: 'ExperimentSucceeded', status: breached ? 'False' : 'True' }] : []),
  ];
  const assessment = {
    baseline: { weight: weights[0] },
    candidates: [
      { weight: weights[1], criterion_assessments: [{ threshold_assessment: { threshold_breached: breached } }] },
    ],
    winner: winner && { winning_version_found: true, name: winner === 'candidate' ? 'reviews-v2' : 'reviews-v1' },
  };
  cluster.change(
    'Experiment',
    namespace,
    'reviews-x',
    (object) => {
      const split = { trafficSplitPercentage: { baseline: weights[0], candidate: weights[1] } };
      object.status = { phase, message, conditions, currentIteration: 1, ...(one ? split : { assessment }) };
    },
    'status',
  );
  return made.metadata.uid;
}

function routing({ cluster, namespace }: World, state: EndState, version: Iter8Version): void {
  const [toBaseline, toCandidate] = state.routed ?? state.weights;
  const host = 'reviews.team.svc.cluster.local';
  const stable = state.completed || state.deleted;
  const labels = {
    [version === 'v1alpha2' ? 'iter8-tools/router' : 'iter8-tools/host']: version === 'v1alpha1' ? 'reviews' : host,
    'iter8-tools/role': stable ? 'stable' : 'progressing',
    ...(!stable && { 'iter8-tools/experiment': version === 'v1alpha1' ? 'reviews-x' : `reviews-x.${namespace}` }),
  };
  const name = {
    v1alpha2: `${host}.iter8router`,
    v1alpha1: `reviews.${namespace}.iter8-experiment`,
    'v1alpha1-v0.2': `${host}.iter8-experiment`,
  }[version];
  const route = [
    { destination: { host, subset: 'baseline' }, ...(toBaseline > 0 && { weight: toBaseline }) },
    { destination: { host, subset: 'candidate' }, ...(toCandidate > 0 && { weight: toCandidate }) },
  ];
  cluster.create({
    kind: 'VirtualService',
    metadata: { name, namespace, labels },
    spec: { hosts: [host], http: [{ route }] },
  });
  const subsets = [
    { name: 'baseline', labels: { app: 'reviews', version: 'v1' } },
    { name: 'candidate', labels: { app: 'reviews', version: 'v2' } },
  ];
  cluster.create({ kind: 'DestinationRule', metadata: { name, namespace, labels }, spec: { host, subsets } });
}

/** Has the wait task look at it, and tells what came of it in the words of docs/verdicts.md. */
export async function conclude(world: World, failOn: string): Promise<TaskOutcome> {
  const task = world.manifests.find(({ kind, metadata }) => kind === 'Task' && metadata.name === 'reviews-wait');
  const params = {
    service: 'reviews',
    namespace: world.namespace,
    run: 'run-1',
    deadline: '6',
    interval: '1',
    'fail-on': failOn,
  };
  return world.runner.run(task, params, undefined, {
    END_SECONDS: '4',
    STUCK_SECONDS: '100',
    DRAIN_SECONDS: '2',
    POLL_SECONDS: '10',
  });
}
