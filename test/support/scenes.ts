import {
  type ApiCall,
  DeployApplicationTask,
  DeployTask,
  ExperimentTask,
  HousekeepingTask,
  LoadTask,
  Notification,
  NotifyTask,
  OverrideTask,
  PreviousTask,
  WaitTask,
} from '../../lib';
import { END_STATES, inState, runHasEnded } from './end-states';
import type { TaskOutcome } from './tekton/task-runner';
import { TaskRuns } from './tekton/task-runs';
import { STOPPING, World } from './world';

/** What a task has to do in a world. */
export interface Scene {
  readonly world: World;
  readonly play: () => Promise<TaskOutcome>;
  /** Whether it did so, where that is more than to succeed. */
  readonly done?: (outcome: TaskOutcome) => boolean;
}

/** The scenes of a task, in which it makes every call that it declares. */
export interface Scenes {
  readonly calls: readonly ApiCall[];
  readonly scenes: { readonly [name: string]: () => Promise<Scene> };
  /** Calls without which its steps go on, by another way or with less than all done. */
  readonly survives?: readonly string[];
}

const COMMIT = '1234567890'.repeat(4);
const CANDIDATE = 'reviews-1234567';
const ROUTER = 'reviews.team.svc.cluster.local.iter8router';
const quick = { POLL_SECONDS: '10', END_SECONDS: '10', DRAIN_SECONDS: '0' };

const create = ({ cluster, namespace }: World, kind: string, metadata: object, more: object = {}) =>
  cluster.create({ kind, metadata: { namespace, ...metadata }, ...more });

/** A Service and a ConfigMap that a run has created for its candidate. */
function createdBy(world: World, run: string): void {
  for (const kind of ['Service', 'ConfigMap']) {
    create(world, kind, { name: 'extra', labels: { 'cdk8s-iter8/created-by': run } }, { spec: {} });
  }
}

const note = ({ cluster, namespace }: World, notes: Record<string, string>) =>
  cluster.change('Lease', namespace, 'cdk8s-iter8-reviews', ({ metadata }) => {
    for (const [key, value] of Object.entries(notes)) {
      metadata.annotations[`cdk8s-iter8/${key}`] = value;
    }
  });

async function experiment(world: World, params: Record<string, string> = {}): Promise<Scene> {
  return { world, play: () => world.task('experiment', { commit: COMMIT, ...params }, quick) };
}

const EXPERIMENT = {
  'sees that no version is live': async () => experiment(await World.start({ live: false })),
  'removes what an earlier run has left behind': async () => {
    const world = await World.start();
    world.deploy(CANDIDATE, { version: '1234567' }, 'run-0');
    return experiment(world, { baseline: 'reviews-v1' });
  },
  'finishes the work of a run that has ended': async () => {
    const world = await inState(END_STATES['the controller is silent'], 'v1alpha2', []);
    runHasEnded(world);
    note(world, { cleanup: 'scaleToZero' });
    world.cluster.clock.after(60, () => world.iter8.start());
    return experiment(world, { run: 'run-2', 'pipeline-run': 'team/run-2', 'queue-deadline': '60' });
  },
  'removes what came with the candidate of a run that has ended': async () => {
    const world = await inState(END_STATES['the candidate missed a criterion'], 'v1alpha2', []);
    runHasEnded(world);
    note(world, { created: 'ConfigMap,Service' });
    createdBy(world, 'run-1');
    return {
      ...(await experiment(world, { run: 'run-2', 'pipeline-run': 'team/run-2', 'queue-deadline': '60' })),
      done: ({ log }: TaskOutcome) => ['configmap', 'service'].every((kind) => log.includes(`${kind} "extra" deleted`)),
    };
  },
};

const text = (kind: string, name: string, more: object, apiVersion = 'v1') =>
  `${JSON.stringify({ apiVersion, kind, metadata: { name }, ...more })}\n`;

const pods = (app: string) => ({
  selector: { matchLabels: { app } },
  template: { metadata: { labels: { app } }, spec: { containers: [{ name: app, image: app }] } },
});

const DEPLOY = {
  'makes what is not there, although somebody deletes its lease': async () => {
    const world = await World.start({ live: false });
    const { cluster, namespace } = world;
    world.lease({ candidate: CANDIDATE });
    create(world, 'Deployment', { name: 'cache' }, { spec: pods('cache') });
    create(world, 'ConfigMap', { name: 'old', labels: { 'cdk8s-iter8/created-by': 'run-0' } }, { data: { a: '1' } });
    cluster.deployments.expect(CANDIDATE, { readyAfter: 40 });
    cluster.store.on('change', ({ type, object }) => {
      if (type === 'ADDED' && object.metadata.name === CANDIDATE) {
        cluster.delete('Lease', namespace, 'cdk8s-iter8-reviews');
      }
    });
    const ports = [{ name: 'http', port: 9080 }];
    const all = [
      text('Deployment', 'reviews', { spec: pods('reviews') }, 'apps/v1'),
      text('Deployment', 'cache', { spec: pods('cache') }, 'apps/v1'),
      text('Service', 'reviews', { spec: { selector: { app: 'reviews' }, ports } }),
      text('Service', 'cache', { spec: { selector: { app: 'cache' }, ports } }),
      text('ConfigMap', 'old', { data: { a: '1' } }),
      text('ConfigMap', 'new', { data: { a: '1' } }),
    ];
    const commit = world.git.commit({
      'kustomize/kustomization.yaml': 'resources: [all.yaml]\n',
      'kustomize/all.yaml': all.join('---\n'),
    });
    const image = `registry.example.com/reviews@sha256:${'0'.repeat(64)}`;
    const params = { commit, image, baseline: '', candidate: CANDIDATE };
    return { world, play: () => world.task('deploy', params, quick) };
  },
};

async function ended(state: string, task: 'wait' | 'finish' = 'wait'): Promise<Scene> {
  const world = await inState(END_STATES[state], 'v1alpha2', []);
  const params = { deadline: '10', interval: '1', 'fail-on': '' };
  return { world, play: () => world.task(task, params, quick) };
}

const WAIT = {
  'ends an experiment that nobody drives, and whose VirtualService somebody deleted': async () => {
    const made = await ended('the controller is silent');
    createdBy(made.world, 'run-1');
    note(made.world, { created: 'ConfigMap,Service' });
    made.world.cluster.delete('VirtualService', 'team', ROUTER);
    return made;
  },
  'scales the version that lost to zero, although somebody deleted the DestinationRule': async () => {
    const made = await ended('the controller is silent');
    note(made.world, { cleanup: 'scaleToZero' });
    made.world.cluster.delete('DestinationRule', 'team', ROUTER);
    return made;
  },
  'finishes a run whose lease somebody deleted': async () => {
    const made = await ended('the candidate won', 'finish');
    made.world.cluster.delete('Lease', 'team', 'cdk8s-iter8-reviews');
    return made;
  },
};

async function load(state: string, params: Record<string, string>, why: string): Promise<Scene> {
  const world = await inState(END_STATES[state], 'v1alpha2', []);
  const given = { url: 'http://gateway.example.com/', 'pipeline-run': 'team/run-1', deadline: '30' };
  return {
    world,
    play: () => world.task('load', { ...given, ...params }, quick),
    done: ({ log }) => log.includes(`stopping: ${why}`),
  };
}

const LOAD = {
  'finds the experiment of its run, and ends with it': async () => {
    const params = { experiment: '', 'experiment-deadline': '30' };
    const made = await load('the candidate won', params, 'the experiment has ended');
    made.world.cluster.change('Experiment', 'team', 'reviews-x', ({ metadata }) => {
      metadata.labels = { 'cdk8s-iter8/run': 'run-1' };
    });
    return made;
  },
  'ends with a run that has failed': async () => {
    const made = await load('the controller is silent', { experiment: 'reviews-x' }, 'the run has failed: of this');
    create(made.world, 'PipelineRun', { name: 'run-1' });
    made.world.condition('run-1', STOPPING);
    note(made.world, { because: 'of this' });
    return made;
  },
};

/** A person wants the baseline, and the experiment is of a run. */
async function rollback(state: string): Promise<Scene> {
  const world = await inState(END_STATES[state], 'v1alpha2', []);
  return {
    world,
    play: () => world.task('rollback', { run: 'a-person', deadline: '20' }, quick),
    done: () => world.cluster.list('Lease', 'team').every(({ spec }) => spec.holderIdentity === undefined),
  };
}

const OVERRIDE = {
  'finishes the work of a run that has ended': async () => {
    const made = await rollback('a person ended it for the baseline');
    runHasEnded(made.world);
    createdBy(made.world, 'run-1');
    note(made.world, { created: 'ConfigMap,Service' });
    return made;
  },
  'rolls back without iter8 and a VirtualService, and scales the candidate to zero': async () => {
    const made = await rollback('the controller is silent');
    note(made.world, { cleanup: 'scaleToZero' });
    made.world.cluster.delete('VirtualService', 'team', ROUTER);
    return made;
  },
  'rolls back without iter8 and a DestinationRule, although somebody deletes its lease': async () => {
    const made = await rollback('the controller is silent');
    const { cluster } = made.world;
    cluster.delete('DestinationRule', 'team', ROUTER);
    cluster.store.on('change', ({ type, object }) => {
      if (type === 'DELETED' && object.kind === 'Experiment') {
        cluster.delete('Lease', 'team', 'cdk8s-iter8-reviews');
      }
    });
    return made;
  },
};

const PREVIOUS = {
  'finds the version before, in routing that a deleted experiment has left': async () => {
    const world = await inState(END_STATES['the controller is silent'], 'v1alpha2', []);
    world.cluster.delete('Experiment', 'team', 'reviews-x');
    world.cluster.change('Deployment', 'team', 'reviews-v1', ({ metadata }) => {
      metadata.annotations = {
        'cdk8s-iter8/previous-commit': COMMIT,
        'cdk8s-iter8/previous-image': `registry.example.com/reviews@sha256:${'0'.repeat(64)}`,
      };
    });
    return { world, play: () => world.task('previous', {}, quick) };
  },
  'sees that no version is live': async () => {
    const world = await World.start({ live: false });
    return {
      world,
      play: () => world.task('previous', {}, quick),
      done: ({ log }: TaskOutcome) => log.includes('no version of service reviews is live'),
    };
  },
};

const HOUSEKEEPING = {
  'deletes an old run and an old experiment': async () => {
    const world = await World.start({ props: { historyLimit: 1 } });
    world.iter8.stop();
    const service = { name: 'reviews', baseline: 'reviews-v1', candidates: ['gone'] };
    for (const name of ['old', 'new']) {
      const conditions = (type: string) => ({ status: { conditions: [{ type, status: 'True' }] } });
      create(world, 'PipelineRun', { name, labels: { 'tekton.dev/pipeline': 'reviews' } }, conditions('Succeeded'));
      const labels = { 'cdk8s-iter8/run': name };
      create(world, 'Experiment', { name, labels }, { spec: { service }, ...conditions('ExperimentCompleted') });
    }
    const params = { 'pipeline-run': 'team/now', pipeline: 'reviews' };
    return { world, play: () => world.task('housekeeping', params, quick) };
  },
};

const NOTIFY = {
  'tells of a run': async () => {
    // Nobody is there, which the last line says.
    const world = await World.start({ props: { notify: [Notification.webhook({ url: 'http://127.0.0.1:9/' })] } });
    create(world, 'PipelineRun', { name: 'run-1' });
    const taskRuns = new TaskRuns(world.cluster, world.namespace, 'run-1');
    taskRuns.begin('finish');
    taskRuns.end('finish', { status: 'Succeeded', log: '', files: [], results: { verdict: 'winner' } });
    return {
      world,
      play: () => world.task('notify', { 'pipeline-run': 'team/run-1' }, { ...quick, SEND_TRIES: '1' }),
      done: ({ log }: TaskOutcome) => log.includes('nobody was told of run run-1: the connection is refused'),
    };
  },
};

const ISTIO = ['Gateway', 'VirtualService', 'DestinationRule'];

const APPLICATION = {
  'changes what is there, and makes the rest': async () => {
    const world = await World.start();
    world.cluster.deployments.expect('new', { readyAfter: 15 });
    const kinds: [kind: string, more: object, apiVersion?: string][] = [
      ['Service', { spec: { selector: { app: 'old' }, ports: [{ port: 80 }] } }],
      ['ServiceAccount', {}],
      ['ConfigMap', { data: { a: '1' } }],
      ['Deployment', { spec: pods('old') }, 'apps/v1'],
      ...ISTIO.map((kind): [string, object, string] => [kind, { spec: {} }, 'networking.istio.io/v1beta1']),
    ];
    for (const [kind, more] of kinds) {
      create(world, kind, { name: 'old' }, more);
    }
    const all = kinds.flatMap(([kind, ...more]) => ['old', 'new'].map((name) => text(kind, name, ...more)));
    world.git.commit({ 'app/all.yaml': all.join('') });
    const params = { revision: '', path: 'app', namespace: 'team' };
    return { world, play: () => world.task('deploy-application', params, quick) };
  },
};

const RUN = 'get pipelineruns.tekton.dev';
/** Calls by which it removes what came with a candidate. */
const REMOVAL = ['list configmaps', 'delete configmaps', 'delete services'];

/** All tasks that call the API, by the last part of the names of their accounts. */
export const SCENES: { readonly [task: string]: Scenes } = {
  experiment: {
    calls: [...ExperimentTask.API_CALLS, ...ExperimentTask.OWN_API_CALLS],
    scenes: EXPERIMENT,
    survives: [RUN, ...REMOVAL],
  },
  deploy: { calls: DeployTask.API_CALLS, scenes: DEPLOY },
  load: {
    calls: [...LoadTask.API_CALLS, ...LoadTask.OWN_API_CALLS],
    scenes: LOAD,
    survives: ['get experiments.iter8.tools', 'list experiments.iter8.tools', 'get leases.coordination.k8s.io', RUN],
  },
  wait: { calls: WaitTask.API_CALLS, scenes: WAIT, survives: REMOVAL },
  override: {
    calls: [...OverrideTask.API_CALLS, ...OverrideTask.OWN_API_CALLS],
    scenes: OVERRIDE,
    survives: [RUN, ...REMOVAL],
  },
  previous: { calls: PreviousTask.API_CALLS, scenes: PREVIOUS },
  housekeeping: {
    calls: [...HousekeepingTask.API_CALLS, ...HousekeepingTask.OWN_API_CALLS],
    scenes: HOUSEKEEPING,
  },
  notify: { calls: NotifyTask.OWN_API_CALLS, scenes: NOTIFY },
  'deploy-application': { calls: DeployApplicationTask.API_CALLS, scenes: APPLICATION },
};
