import { longTest } from '../support/extent';
import type { TaskOutcome } from '../support/tekton/task-runner';
import { World, type WorldOptions } from '../support/world';

jest.setTimeout(240_000);
const COMMIT = '1234567890'.repeat(4);
const CANDIDATE = 'reviews-1234567';
const HOST = 'reviews.team.svc.cluster.local';
let world: World;

async function begin(options: WorldOptions = {}): Promise<void> {
  world = await World.start(options);
}

afterEach(async () => {
  await world.stop();
});

const experiment = (params: Record<string, string> = {}, environment: Record<string, string> = {}) =>
  world.task('experiment', { commit: COMMIT, ...params }, environment);

const lastLine = ({ log }: TaskOutcome) => log.trim().split('\n').pop() ?? '';

/** The task fails, says this, and has made no experiment. */
async function refuses(message: string, params: Record<string, string> = {}, environment: Record<string, string> = {}) {
  const outcome = await experiment(params, { HOLD_SECONDS: '15', ...environment });
  expect([outcome.status, lastLine(outcome)]).toEqual(['Failed', expect.stringContaining(`ERROR: ${message}`)]);
  expect(world.cluster.list('Experiment', world.namespace)).toEqual([]);
}

/** The task succeeds, and iter8 holds the traffic on the live version. */
async function holds(params: Record<string, string> = {}): Promise<TaskOutcome> {
  const outcome = await experiment(params);
  expect([outcome.status, outcome.results]).toEqual([
    'Succeeded',
    {
      experiment: world.experiment?.metadata.name,
      'experiment-uid': world.experiment?.metadata.uid,
      baseline: 'reviews-v1',
      candidate: CANDIDATE,
    },
  ]);
  expect(world.traffic['reviews-v1']).toBe(100);
  return outcome;
}

function route(name: string, spec: object, labels?: Record<string, string>): void {
  world.cluster.create({ kind: 'VirtualService', metadata: { name, namespace: world.namespace, labels }, spec });
}

function subsets(
  name: string,
  host: string,
  all: Record<string, Record<string, string>>,
  labels?: Record<string, string>,
): void {
  const list = Object.entries(all).map(([subset, wanted]) => ({ name: subset, labels: wanted }));
  const metadata = { name, namespace: world.namespace, labels };
  world.cluster.create({ kind: 'DestinationRule', metadata, spec: { host, subsets: list } });
}

const stable = { 'iter8-tools/router': HOST, 'iter8-tools/role': 'stable' };
const to = (subset: string, weight?: number, host = 'reviews') => ({ destination: { host, subset }, weight });

/** Routing with these labels that leads to the live version. */
function routeToLive(labels: Record<string, string>): void {
  subsets('rule', HOST, { v1: { version: 'v1' } }, labels);
  route('router', { hosts: [HOST], http: [{ route: [to('v1', 100, HOST)] }] }, labels);
}

describe('routing that is not of iter8', () => {
  test.each([
    ['of the mesh', { hosts: ['reviews'], http: [{ route: [{ destination: { host: 'reviews' } }] }] }],
    [
      'of a gateway, to a subset',
      { gateways: ['g'], hosts: ['a.example.com'], http: [{ route: [to('v1', undefined, HOST)] }] },
    ],
  ])('%s would be in force instead, so nothing is begun', async (_, spec) => {
    await begin();
    route('mine', spec);
    await refuses(
      "VirtualService mine routes the host of service reviews, so the experiment's routing would have no effect; delete it, or have iter8 take it over: kubectl -n team label virtualservice mine iter8-tools/router=",
    );
  });

  longTest('that leads past the experiment is told', async () => {
    await begin();
    route('mine', {
      gateways: ['g'],
      hosts: ['a.example.com'],
      http: [{ route: [{ destination: { host: 'reviews.team' } }] }],
    });
    expect((await holds()).log).toContain('WARNING: VirtualService mine leads straight to service reviews');
  });

  test('of other services does not matter', async () => {
    await begin();
    route('ratings', { hosts: ['ratings'], http: [{ route: [to('v1', undefined, 'ratings')] }] });
    expect((await holds()).log).not.toContain('ratings');
  });

  longTest('that redirects, answers or delegates has no routes, and does not matter', async () => {
    await begin();
    const delegate = { name: 'other' };
    const http = [{ redirect: { uri: '/' } }, { directResponse: { status: 503 } }, { delegate }];
    route('redirects', { hosts: ['a.example.com'], http });
    await holds();
  });
});

describe('the live version', () => {
  longTest('is the one that the param names, if that has the traffic', async () => {
    await begin();
    world.deploy('ratings-v1', { app: 'ratings', version: 'v1' });
    await refuses('param baseline is ratings-v1, which is not live: the traffic of reviews goes to reviews-v1', {
      baseline: 'ratings-v1',
    });
    await holds({ baseline: 'reviews-v1', run: 'run-1' });
  });

  longTest('can be chosen among several', async () => {
    await begin();
    world.deploy('reviews-v0', { version: 'v0' });
    await world.cluster.until('it runs', 20, () => world.available('reviews-v0'));
    await refuses('service reviews has several versions that could be the live one: reviews-v0 reviews-v1');
    await holds({ baseline: 'reviews-v1' });
  });

  test('has to be a Deployment', async () => {
    await begin({ live: false });
    const metadata = { name: 'reviews-0', namespace: world.namespace, labels: { app: 'reviews' } };
    world.cluster.create({ kind: 'Pod', metadata, status: { phase: 'Running' } });
    await refuses('service reviews has pods that no Deployment in team makes: reviews-0');
  });

  test('has to be all that the Service selects', async () => {
    await begin();
    const pod = (name: string, kind: string) =>
      world.cluster.create({
        kind: 'Pod',
        metadata: { name, namespace: world.namespace, labels: { app: 'reviews' }, ownerReferences: [{ kind }] },
        status: { phase: 'Running' },
      });
    pod('reviews-v1-abc', 'ReplicaSet');
    pod('old-0', 'StatefulSet');
    await refuses('service reviews has pods that no Deployment in team makes: old-0 ;');
  });

  test('can not be told where the Service has no selector', async () => {
    await begin();
    world.cluster.change('Service', world.namespace, 'reviews', (each) => {
      each.spec = { type: 'ExternalName', externalName: 'example.com' };
    });
    await refuses('service reviews has no selector, so no Deployment in team is a version of it');
  });

  test('that another Service selects as well gets a warning', async () => {
    await begin();
    const service = (name: string, selector: object) =>
      world.cluster.create({ kind: 'Service', metadata: { name, namespace: world.namespace }, spec: { selector } });
    service('reviews-public', { app: 'reviews' });
    service('reviews-live', { app: 'reviews', version: 'v1' });
    const { log } = await holds();
    expect(log).toContain('WARNING: Service reviews-public selects the pods of reviews-v1 as reviews does');
    expect(log).not.toContain('WARNING: Service reviews-live');
  });

  longTest('has to be there where the routing leads', async () => {
    await begin();
    subsets('rule', HOST, { old: { version: 'v0' } }, stable);
    route('router', { hosts: [HOST], http: [{ route: [to('old', 100, HOST)] }] }, stable);
    await refuses('the routing of reviews leads to none of its versions: reviews-v1 available 0');
  });

  test('is the one of an unknown subset in no case', async () => {
    await begin();
    subsets('rule', HOST, {}, stable);
    route('router', { hosts: [HOST], http: [{ route: [to('lost', 100, HOST)] }] }, stable);
    await refuses('the routing of reviews leads to none of its versions');
  });

  test.each([
    ['Recreate', { strategy: { type: 'Recreate' } }],
    ['paused', { paused: true }],
  ])('without a label of its own is not restarted when it is %s', async (_, spec) => {
    await begin({ live: '' });
    world.cluster.change('Deployment', world.namespace, 'reviews-v1', (each) => Object.assign(each.spec, spec));
    const generation = () => world.cluster.find('Deployment', world.namespace, 'reviews-v1')?.metadata.generation;
    const before = generation();
    await refuses('the pods of reviews-v1 have no label version');
    expect(generation()).toBe(before);
  });

  test('has to be rolled out', async () => {
    await begin();
    world.cluster.deployments.expect('reviews-v1', { never: 'ImagePullBackOff' });
    world.cluster.change('Deployment', world.namespace, 'reviews-v1', (each) => {
      each.spec.template.spec.containers[0].image = 'next';
    });
    await refuses('not all pods of reviews-v1, the live version, are new and available after 15 seconds');
  });

  test('that is the commit, but has a part of the traffic only, is not taken for done', async () => {
    await begin();
    world.deploy(CANDIDATE, { version: '1234567' }, 'run-0');
    await world.cluster.until('it runs', 20, () => world.available(CANDIDATE));
    subsets('rule', HOST, { a: { version: 'v1' }, b: { version: '1234567' } }, stable);
    route('router', { hosts: [HOST], http: [{ route: [to('a', 40, HOST), to('b', 60, HOST)] }] }, stable);
    await refuses('commit 1234567 is live already, as reviews-1234567, but gets 60 % of the traffic only');
  });

  test('that does not run is no live version: the commit is deployed again', async () => {
    await begin({ live: false });
    world.cluster.deployments.expect(CANDIDATE, { never: 'CrashLoopBackOff' });
    world.deploy(CANDIDATE, { version: '1234567' }, 'run-0');
    const { status, results } = await experiment();
    expect([status, results]).toEqual([
      'Succeeded',
      { experiment: '', 'experiment-uid': '', baseline: '', candidate: CANDIDATE },
    ]);
  });
});

longTest(
  'a DestinationRule without its VirtualService is completed, because iter8 would end every experiment',
  async () => {
    await begin();
    subsets('rule', HOST, { v1: { version: 'v1' } }, stable);
    await holds();
  },
);

describe("a Deployment of the candidate's name", () => {
  const leave = async (run?: string, labels: Record<string, string> = { version: '1234567' }) => {
    await begin();
    world.deploy(CANDIDATE, labels, run);
    await world.cluster.until('it runs', 20, () => world.available(CANDIDATE));
  };

  test('that an earlier run left behind is removed', async () => {
    await leave('run-0');
    expect((await holds({ baseline: 'reviews-v1' })).log).toContain(`${CANDIDATE} is left over from run run-0`);
    expect(world.versions).toEqual(['reviews-v1']);
  });

  longTest('is removed alone: what an earlier run created may be what the live version uses', async () => {
    await leave('run-0');
    const made = { 'cdk8s-iter8/created-by': 'run-0' };
    const metadata = { name: 'config', namespace: world.namespace, labels: made };
    world.cluster.create({ kind: 'ConfigMap', metadata });
    world.cluster.change('Service', world.namespace, 'reviews', (each) => {
      each.metadata.labels = made;
    });
    await holds({ baseline: 'reviews-v1' });
    expect(world.cluster.list('Service', world.namespace).map((each) => each.metadata.name)).toEqual(['reviews']);
    expect(world.cluster.list('ConfigMap', world.namespace)).toHaveLength(1);
  });

  test('that another Service selects alone is not removed', async () => {
    await leave('run-0');
    const metadata = { name: 'preview', namespace: world.namespace };
    world.cluster.create({ kind: 'Service', metadata, spec: { selector: { version: '1234567' } } });
    await refuses(
      'reviews-1234567, left over from an earlier run, is to be deployed anew, but is still used: Service',
      {
        baseline: 'reviews-v1',
      },
    );
    expect(world.versions).toContain(CANDIDATE);
  });

  test('that no run has made is left alone', async () => {
    await leave(undefined, { app: 'other' });
    await refuses('there is a Deployment reviews-1234567 in team that no run of a pipeline has made');
    expect(world.versions).toContain(CANDIDATE);
  });
});

describe('an experiment of a person', () => {
  const other = async (phase?: string, label = 'mine.team') => {
    await begin();
    const labels = { ...stable, 'iter8-tools/role': 'progressing', 'iter8-tools/experiment': label };
    routeToLive(labels);
    if (phase) {
      world.iter8.stop();
      const spec = { service: { name: 'reviews', baseline: 'reviews-v1', candidates: ['reviews-v2'] } };
      world.cluster.create({
        kind: 'Experiment',
        metadata: { name: 'mine', namespace: world.namespace },
        spec,
        status: { phase },
      });
    }
  };

  test('is waited for, but not for ever', async () => {
    await other('Progressing');
    const outcome = await experiment({ 'queue-deadline': '20' });
    expect(lastLine(outcome)).toContain(
      'ERROR: experiment mine has used the service reviews for all of the 20 seconds that this run may wait',
    );
  });

  longTest('is waited for where it is in another namespace, too', async () => {
    await other(undefined, 'mine.elsewhere');
    await refuses('experiment mine.elsewhere has used the service reviews for all of the', { 'queue-deadline': '20' });
    const written = world.cluster.requests.filter(({ verb, resource }) => verb === 'patch' && resource !== 'leases');
    expect(written).toEqual([]);
  });

  test('that is gone does not keep the service', async () => {
    await other();
    expect((await holds()).log).toContain(
      'experiment mine is over, but the routing is still in its name; changing that',
    );
  });
});

test("what the experiment is can't be changed from outside", async () => {
  await begin();
  for (const template of [
    '{}',
    '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"@name@","namespace":"@namespace@"}}',
    '{"apiVersion":"iter8.tools/v1alpha2","kind":"Experiment","metadata":{"name":"other","namespace":"@namespace@"}}',
  ]) {
    await refuses("param template is '", { template });
  }
});

test("a namespace whose name is too long for iter8's labels is told", async () => {
  await begin();
  const long = 'n'.repeat(51);
  world.cluster.create({ kind: 'Namespace', metadata: { name: long } });
  const spec = { selector: { app: 'reviews' } };
  world.cluster.create({ kind: 'Service', metadata: { name: 'reviews', namespace: long }, spec });
  const version = {
    selector: { matchLabels: { version: 'v1' } },
    template: { metadata: { labels: { app: 'reviews', version: 'v1' } }, spec: {} },
  };
  world.cluster.create({ kind: 'Deployment', metadata: { name: 'v1', namespace: long }, spec: version });
  await world.cluster.until(
    'it runs',
    20,
    () => world.cluster.find('Deployment', long, 'v1')?.status?.availableReplicas > 0,
  );
  const outcome = await experiment({ namespace: long });
  expect(lastLine(outcome)).toContain('has 51 characters; expected at most 50, because iter8 writes it into a label');
});

longTest('the task does not end before all traffic is held on the live version', async () => {
  await begin();
  world.iter8.stop();
  world.cluster.clock.after(30, () => world.iter8.start());
  const begun = world.cluster.clock.now;
  await holds();
  expect(world.cluster.clock.now - begun).toBeGreaterThanOrEqual(30);
});

longTest('an experiment that a person pauses at once is not resumed', async () => {
  await begin();
  let paused = false;
  world.cluster.store.on('change', ({ type, object }) => {
    if (type === 'ADDED' && object.kind === 'Experiment' && !paused) {
      paused = true;
      world.iter8.stop();
      world.cluster.change(
        'Experiment',
        world.namespace,
        object.metadata.name,
        (each) => {
          each.status = { phase: 'Pause', message: 'ActionPause' };
        },
        'status',
      );
    }
  });
  const { status } = await experiment({}, { HOLD_SECONDS: '30' });
  expect(status).toBe('Failed');
  expect(world.experiment.spec.manualOverride).toBeUndefined();
});

longTest('a pod that is killed after it made the experiment is no loss: the next try goes on', async () => {
  await begin();
  let killed = false;
  world.cluster.store.on('change', ({ type, object }) => {
    if (type === 'ADDED' && object.kind === 'Experiment' && !killed) {
      killed = true;
      world.runner.signal('SIGKILL');
    }
  });
  expect((await experiment()).status).toBe('Failed');
  expect(world.recorded).toMatchObject({ experiment: world.experiment.metadata.name, baseline: 'reviews-v1' });
  const { uid } = world.experiment.metadata;
  await holds();
  expect(world.experiment.metadata.uid).toBe(uid);
});

test('a verdict that is known already is told again', async () => {
  await begin();
  world.lease({ baseline: 'reviews-v1', candidate: CANDIDATE, verdict: 'baseline' });
  const { status, results } = await experiment();
  expect([status, results]).toEqual([
    'Succeeded',
    { experiment: '', 'experiment-uid': '', baseline: 'reviews-v1', candidate: CANDIDATE },
  ]);
  expect(world.experiment).toBeUndefined();
});

test('a namespace that is not there is told at once', async () => {
  await begin();
  const { store } = world.cluster;
  const create = store.create.bind(store);
  jest.spyOn(store, 'create').mockImplementation((resource, namespace, object) => {
    return resource.kind === 'Lease'
      ? store.get({ resource: { ...resource, plural: 'namespaces', group: '' }, namespace: '', name: 'team' })
      : create(resource, namespace, object);
  });
  await refuses("the lease cdk8s-iter8-reviews can't be made: ");
});

describe('a Lease that somebody has written', () => {
  /** One that no run holds. */
  const written = async (notes: Record<string, string>) => {
    await begin();
    world.deploy('worker', { app: 'worker' });
    routeToLive(stable);
    world.cluster.change('Deployment', world.namespace, 'reviews-v1', ({ metadata }) => {
      metadata.labels = { 'cdk8s-iter8/run': 'run-0', 'cdk8s-iter8/created-by': 'run-0' };
    });
    world.lease(notes, '');
  };
  const versions = () => world.cluster.list('Deployment', world.namespace).map(({ metadata }) => metadata.name);

  longTest.each<[what: string, notes: Record<string, string>]>([
    [
      'an option for kinds',
      { run: 'x', candidate: 'gone', created: '--raw=/apis/apps/v1/namespaces/team/deployments/reviews-v1' },
    ],
    ['the live version as created for another one', { run: 'run-0', candidate: 'gone', created: 'Deployment.apps' }],
    [
      'another Deployment as the one that lost',
      { run: 'x', baseline: 'worker', candidate: 'reviews-v1', experiment: 'gone', 'experiment-uid': 'u' },
    ],
    ['another Deployment as the live one', { run: '', baseline: 'worker' }],
  ])('has %s: nothing live is touched', async (_, notes) => {
    await written(notes);
    await holds();
    expect(versions()).toEqual(expect.arrayContaining(['reviews-v1', 'worker']));
    expect(world.cluster.find('Deployment', world.namespace, 'worker')?.metadata.generation).toBe(1);
  });

  longTest.each(['baseline', 'candidate', 'experiment'])('has an option as the %s: it is refused', async (key) => {
    await written({ run: 'x', [key]: '--all' });
    await refuses('the lease cdk8s-iter8-reviews says that ');
    expect(versions()).toContain('reviews-v1');
  });
});
