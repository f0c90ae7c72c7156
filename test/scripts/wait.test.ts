import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { conclude, END_STATES, type EndState, inState, runHasEnded } from '../support/end-states';
import { longTest } from '../support/extent';
import type { TaskOutcome } from '../support/tekton/task-runner';
import type { World } from '../support/world';

jest.setTimeout(240_000);
const HOST = 'reviews.team.svc.cluster.local';
const WON = END_STATES['the candidate won'];
const LOST = END_STATES['the candidate missed a criterion'];
const PAUSED = END_STATES['iter8 paused it'];
let world: World;

afterEach(async () => {
  await world.stop();
});

async function begin(state: EndState, gone: readonly string[] = []): Promise<void> {
  world = await inState(state, 'v1alpha2', gone);
}

const wait = (params: Record<string, string> = {}, environment: Record<string, string> = {}) =>
  world.task('wait', { deadline: '20', interval: '1', ...params }, { END_SECONDS: '10', ...environment });
const finish = (tasks: string[] = [], params: Record<string, string> = {}) =>
  world.task('finish', { tasks, ...params });
const lastLine = ({ log }: TaskOutcome) => log.trim().split('\n').pop() ?? '';
const patchesOf = (resource: string) =>
  world.cluster.requests.filter((each) => each.verb === 'patch' && each.resource === resource).map(({ body }) => body);

describe('what a person asked of the experiment', () => {
  longTest.each(['terminate', 'pause'])('is not undone: %s', async (action) => {
    await begin(PAUSED);
    world.cluster.change('Experiment', world.namespace, 'reviews-x', ({ spec }) => {
      spec.manualOverride = { action };
    });
    await wait({ deadline: '15' });
    const asked = patchesOf('experiments').map(({ spec }) => spec.manualOverride?.action);
    expect(asked).not.toContain('resume');
    expect(asked.length).toBe(action === 'terminate' ? 0 : 2);
  });

  longTest('and was taken up is waited for', async () => {
    await begin(END_STATES['a person paused it']);
    expect((await wait({ deadline: '15' })).log).toContain(
      'a person has paused the experiment; waiting for that person',
    );
    expect(patchesOf('experiments').map(({ spec }) => spec.manualOverride?.action)).toEqual(['terminate']);
  });
});

longTest('a resume that iter8 did not notice is sent again', async () => {
  await begin(PAUSED);
  world.cluster.change('Experiment', world.namespace, 'reviews-x', ({ spec }) => {
    spec.manualOverride = { action: 'resume' };
  });
  await wait({ deadline: '12' });
  expect(
    patchesOf('experiments')
      .slice(0, 2)
      .map(({ spec }) => spec.manualOverride),
  ).toEqual([null, expect.objectContaining({ action: 'resume' })]);
});

longTest('an experiment is not resumed before its versions run', async () => {
  await begin(PAUSED, ['reviews-v2']);
  await wait({ deadline: '15' });
  expect(patchesOf('experiments').map(({ spec }) => spec.manualOverride?.action)).toEqual(['terminate']);
});

test('when the live version is gone, the experiment is ended in the favour of the candidate', async () => {
  await begin(END_STATES['the controller is silent'], ['reviews-v1']);
  const { log } = await wait({ deadline: '5' });
  expect(patchesOf('experiments').map(({ spec }) => spec.manualOverride)).toContainEqual({
    action: 'terminate',
    trafficSplit: { 'reviews-v2': 100 },
  });
  // iter8 would roll a deleted experiment back to the version that is gone.
  expect(world.experiment).toBeDefined();
  expect(log).toContain('it will once its controller runs again');
  expect(world.traffic).toEqual({ 'reviews-v2': 100 });
});

describe('the version that lost is not deleted', () => {
  const kept = async (reason: string) => {
    const outcome = await wait();
    expect(outcome.results.reason).toContain(`was not deleted: ${reason}`);
    expect(world.versions).toEqual(['reviews-v1', 'reviews-v2']);
  };
  const host = 'internal.team.svc.cluster.local';
  const internal = (selector: Record<string, string>) =>
    world.cluster.create({
      kind: 'Service',
      metadata: { name: 'internal', namespace: world.namespace },
      spec: { selector },
    });

  longTest("when another service's routing leads to it", async () => {
    await begin(WON);
    internal({ app: 'reviews' });
    const metadata = { name: 'internal', namespace: world.namespace };
    const subsets = [{ name: 'one', labels: { version: 'v1' } }];
    world.cluster.create({ kind: 'DestinationRule', metadata, spec: { host, subsets } });
    const http = [{ route: [{ destination: { host: 'internal', subset: 'one' } }] }];
    world.cluster.create({ kind: 'VirtualService', metadata, spec: { hosts: [host], http } });
    await kept(`VirtualService internal sends it 100 % of the traffic for ${host}`);
  });

  longTest('when another service selects it alone', async () => {
    await begin(WON);
    internal({ version: 'v1' });
    await kept('Service internal selects only it');
  });

  longTest('when this run has not made it', async () => {
    await begin(LOST);
    world.cluster.change('Deployment', world.namespace, 'reviews-v2', ({ metadata }) => {
      metadata.labels = {};
    });
    await kept('it was not made by this run');
  });

  longTest('when the traffic goes back to it meanwhile', async () => {
    await begin(WON);
    world.cluster.clock.after(3, () =>
      world.cluster.change('VirtualService', world.namespace, `${HOST}.iter8router`, ({ spec }) => {
        spec.http[0].route = [{ destination: { host: HOST, subset: 'baseline' }, weight: 100 }];
      }),
    );
    await kept('reviews-v2 has 0 % of the traffic, and is available');
  });

  longTest('when a part of the traffic goes to it by another route', async () => {
    await begin(WON);
    world.cluster.clock.after(3, () =>
      world.cluster.change('VirtualService', world.namespace, `${HOST}.iter8router`, ({ spec }) => {
        spec.http.unshift({ route: [{ destination: { host: HOST, subset: 'baseline' }, weight: 100 }] });
      }),
    );
    await kept('it has 100 % of the traffic');
  });

  test('when the version that won dies meanwhile', async () => {
    await begin(WON);
    world.cluster.clock.after(3, () =>
      world.cluster.change(
        'Deployment',
        world.namespace,
        'reviews-v2',
        (each) => Object.assign(each, { status: { observedGeneration: 1 } }),
        'status',
      ),
    );
    await kept('reviews-v2 has 100 % of the traffic, and is unavailable');
  });

  longTest('before proxies know that it gets no more traffic', async () => {
    await begin(WON);
    const begun = world.cluster.clock.now;
    let deleted = 0;
    world.cluster.store.on('change', ({ type, object }) => {
      if (type === 'DELETED' && object.kind === 'Deployment') {
        deleted = world.cluster.clock.now;
      }
    });
    expect((await wait({}, { DRAIN_SECONDS: '20' })).results.verdict).toBe('winner');
    expect(deleted - begun).toBeGreaterThanOrEqual(20);
  });
});

longTest('a version that is being deleted does not run', async () => {
  await begin(LOST);
  world.cluster.change('Deployment', world.namespace, 'reviews-v1', ({ metadata }) => {
    metadata.finalizers = ['foregroundDeletion'];
  });
  world.cluster.delete('Deployment', world.namespace, 'reviews-v1');
  const { results } = await wait();
  expect(results.reason).toContain('reviews-v1 does not run, so reviews-v2 is kept');
  expect(world.traffic).toMatchObject({ 'reviews-v2': 100 });
});

describe('routing that iter8 does not write', () => {
  const silent = END_STATES['the controller is silent'];
  const rules = () => ['VirtualService', 'DestinationRule'].map((kind) => world.cluster.list(kind, world.namespace));

  longTest.each(['virtualservices', 'destinationrules'])('is written again after conflicts of %s', async (resource) => {
    await begin(silent);
    world.cluster.fault({ verb: 'patch', resource, result: 409, times: 2 });
    expect((await wait({ deadline: '5' })).results.verdict).toBe('timeout');
    expect(world.traffic).toEqual({ 'reviews-v1': 100 });
    for (const [each] of rules()) {
      expect(each.metadata.labels).toEqual({ 'iter8-tools/router': HOST, 'iter8-tools/role': 'stable' });
    }
  });

  longTest('that can not be written is told', async () => {
    await begin(silent);
    world.cluster.fault({ verb: 'patch', resource: 'virtualservices', result: 409 });
    const outcome = await wait({ deadline: '5' });
    expect([outcome.status, lastLine(outcome)]).toEqual([
      'Failed',
      expect.stringContaining('ERROR: the traffic of reviews could not be routed to reviews-v1'),
    ]);
  });

  longTest('leads to the port to which it led before', async () => {
    await begin(silent);
    world.cluster.change('VirtualService', world.namespace, `${HOST}.iter8router`, ({ spec }) => {
      for (const { destination } of spec.http[0].route) {
        destination.port = { number: 9080 };
      }
    });
    await wait({ deadline: '5' });
    const [[router]] = rules();
    expect(router.spec.http[0].route).toEqual([
      { destination: { host: HOST, subset: 'baseline', port: { number: 9080 } }, weight: 100 },
    ]);
  });

  longTest('is that of the service, whatever hosts the experiment names', async () => {
    await begin(silent);
    world.cluster.change('Experiment', world.namespace, 'reviews-x', ({ spec }) => {
      const name = 'x"]},"metadata":{"name":"other"},"spec":{"hosts":["victim';
      spec.networking = { hosts: [{ name, gateway: 'a b' }, { name: 'x\ncompleted True' }] };
    });
    world.cluster.delete('VirtualService', world.namespace, `${HOST}.iter8router`);
    const { results } = await wait({ deadline: '5' });
    expect(results.verdict).toBe('timeout');
    expect(rules()[0].map(({ metadata, spec }) => [metadata.name, spec.hosts])).toEqual([
      [`${HOST}.iter8router`, [HOST]],
    ]);
  });

  longTest.each([
    ['no VirtualService', 'VirtualService'],
    ['no DestinationRule', 'DestinationRule'],
  ])('is completed where there is %s', async (_, kind) => {
    await begin(silent);
    world.cluster.change('Experiment', world.namespace, 'reviews-x', ({ spec }) => {
      spec.networking = { hosts: [{ name: 'reviews.example.com', gateway: 'outside' }] };
      spec.service.port = 9080;
    });
    const [{ metadata }] = world.cluster.list(kind, world.namespace);
    world.cluster.delete(kind, world.namespace, metadata.name);
    await wait({ deadline: '5' });
    expect(world.traffic).toEqual({ 'reviews-v1': 100 });
    const [[router]] = rules();
    expect(router.metadata.labels).toEqual({ 'iter8-tools/router': HOST, 'iter8-tools/role': 'stable' });
    if (kind === 'VirtualService') {
      expect(router.spec).toMatchObject({ hosts: [HOST, 'reviews.example.com'], gateways: ['mesh', 'outside'] });
      expect(router.spec.http[0].route[0].destination.port).toEqual({ number: 9080 });
    }
  });

  longTest.each([[[]], [[{ name: 'other', labels: { version: 'v9' } }]]])(
    'gets a subset where the DestinationRule has %j',
    async (subsets) => {
      await begin(silent);
      world.cluster.change('DestinationRule', world.namespace, `${HOST}.iter8router`, ({ spec }) => {
        spec.subsets = subsets;
      });
      await wait({ deadline: '5' });
      expect(world.traffic).toEqual({ 'reviews-v1': 100 });
    },
  );
});

describe('the Lease', () => {
  /** Another run has it, and this one has noted why it did not get it. */
  const rejected = async () => {
    await begin(WON);
    world.cluster.change('Lease', world.namespace, 'cdk8s-iter8-reviews', ({ metadata, spec }) => {
      metadata.annotations['cdk8s-iter8/why.run-1'] = 'it is the turn of others';
      spec.holderIdentity = 'run-0';
    });
  };

  longTest('that somebody deletes is made anew', async () => {
    await begin(END_STATES['the controller is silent']);
    world.cluster.clock.after(8, () => world.cluster.delete('Lease', world.namespace, 'cdk8s-iter8-reviews'));
    const { results, log } = await wait({ deadline: '15' });
    expect(log).toContain('somebody has deleted the lease cdk8s-iter8-reviews; making it anew');
    expect(results).toMatchObject({ verdict: 'timeout', winner: 'reviews-v1' });
    expect(world.recorded).toMatchObject({ run: 'run-1', candidate: 'reviews-v2', verdict: 'timeout' });
  });

  longTest('that somebody has deleted is made anew from what the run has made', async () => {
    await begin(END_STATES['the controller is silent']);
    world.cluster.change('Experiment', world.namespace, 'reviews-x', ({ metadata }) => {
      metadata.labels = { 'cdk8s-iter8/run': 'run-1' };
    });
    world.cluster.delete('Lease', world.namespace, 'cdk8s-iter8-reviews');
    const { results } = await finish(['experiment=Succeeded:Succeeded', 'wait=Failed:TaskRunCancelled']);
    expect(results).toMatchObject({
      verdict: 'aborted',
      winner: 'reviews-v1',
      reason: 'the run was cancelled, or took too long, during wait',
    });
    expect([world.versions, world.traffic, world.cluster.list('Lease', world.namespace)]).toEqual([
      ['reviews-v1'],
      { 'reviews-v1': 100 },
      [],
    ]);
  });

  longTest('and of a kept version none is taken for the one that was live', async () => {
    await begin(END_STATES['it was deleted']);
    world.deploy('reviews-0', { version: 'v0' });
    world.cluster.delete('Lease', world.namespace, 'cdk8s-iter8-reviews');
    const { results } = await finish(['wait=Failed:TaskRunCancelled']);
    expect(results).toMatchObject({ verdict: 'aborted', winner: 'reviews-v1' });
    expect(world.traffic).toEqual({ 'reviews-0': 0, 'reviews-v1': 100 });
  });

  test('is not made anew where nobody can tell which version was live, and nothing is changed', async () => {
    await begin(END_STATES['it was deleted after the candidate had won']);
    world.deploy('reviews-0', { version: 'v0' });
    world.cluster.delete('Lease', world.namespace, 'cdk8s-iter8-reviews');
    const { results } = await finish(['wait=Failed:TaskRunCancelled']);
    expect(results).toMatchObject({
      verdict: 'aborted',
      reason: expect.stringContaining("which version was live before reviews-v2 can't be told any more"),
    });
    expect(world.traffic).toEqual({ 'reviews-0': 0, 'reviews-v1': 0, 'reviews-v2': 100 });
  });

  longTest('of a first deployment too', async () => {
    await begin(END_STATES['it was deleted'], ['reviews-v1']);
    world.cluster.delete('Lease', world.namespace, 'cdk8s-iter8-reviews');
    const { results } = await finish(['deploy=Failed:TaskRunTimeout']);
    expect(results).toMatchObject({ verdict: 'aborted', winner: 'reviews-v2' });
    expect(results.reason).toBe('deploy took too long; reviews-v2 stays, because it is the only version that runs');
  });

  test('that another run has is not taken back', async () => {
    await begin(END_STATES['the controller is silent']);
    world.cluster.clock.after(8, () =>
      world.cluster.change('Lease', world.namespace, 'cdk8s-iter8-reviews', ({ spec }) => {
        spec.holderIdentity = 'run-2';
      }),
    );
    const outcome = await wait({ deadline: '60' }, { LEASE_SECONDS: '30' });
    expect(lastLine(outcome)).toBe(
      'ERROR: this run has lost the service reviews: run run-2 has the lease cdk8s-iter8-reviews; nothing more is changed; run the pipeline again',
    );
    expect(world.traffic).toEqual({ 'reviews-v1': 80, 'reviews-v2': 20 });
    const told = await finish(['experiment=Succeeded:Succeeded', 'wait=Failed:Failed']);
    expect(told.results).toMatchObject({
      verdict: 'aborted',
      reason: 'another run has taken over the service and finished the work of this one; see its report',
    });
    expect(world.traffic).toEqual({ 'reviews-v1': 80, 'reviews-v2': 20 });
  });

  test('with the work of an older run does not make that the work of this one', async () => {
    await begin(WON);
    world.cluster.change('Lease', world.namespace, 'cdk8s-iter8-reviews', (each) => {
      each.metadata.annotations['cdk8s-iter8/run'] = 'run-0';
    });
    world.cluster.change('Deployment', world.namespace, 'reviews-v2', ({ metadata }) => {
      metadata.labels = { 'cdk8s-iter8/run': 'run-0' };
    });
    const { results, log } = await finish(['build=Succeeded:Succeeded', 'experiment=Failed:Failed']);
    expect(log).toContain('run run-0: winner, the candidate met the criteria');
    expect(results).toMatchObject({
      verdict: 'aborted',
      winner: '',
      reason: 'experiment failed, so nothing was deployed',
    });
    expect(world.versions).toEqual(['reviews-v2']);
  });

  test('says why the run could not begin', async () => {
    await begin(END_STATES['it was deleted'], ['reviews-v2']);
    world.cluster.change('Lease', world.namespace, 'cdk8s-iter8-reviews', ({ metadata }) => {
      metadata.annotations = { 'cdk8s-iter8/run': 'run-1', 'cdk8s-iter8/because': 'VirtualService mine is in the way' };
    });
    const { results } = await finish(['experiment=Failed:Failed']);
    expect(results.reason).toBe('experiment failed, so nothing was deployed: VirtualService mine is in the way');
    expect(world.cluster.list('Lease', world.namespace)).toEqual([]);
  });

  longTest('says why the run did not get it, to the run that asks', async () => {
    await rejected();
    const { results } = await finish(['experiment=Failed:Failed']);
    expect(results.reason).toBe('experiment failed, so nothing was deployed: it is the turn of others');
    expect([world.recorded.candidate, world.recorded['why.run-1']]).toEqual(['reviews-v2', undefined]);
  });

  longTest('that the run may not change takes no reason with it', async () => {
    await rejected();
    world.cluster.fault({ verb: 'patch', resource: 'leases', result: 403 });
    const { status, results } = await finish(['experiment=Failed:Failed']);
    expect([status, results.reason]).toEqual(['Failed', expect.stringContaining('it is the turn of others')]);
  });

  test('that can not be deleted takes no result with it', async () => {
    await begin(WON);
    world.cluster.fault({ verb: 'delete', resource: 'leases', result: 403 });
    const { status, results } = await finish();
    expect([status, results]).toMatchObject(['Failed', { verdict: 'winner', winner: 'reviews-v2' }]);
    expect(results.report).toContain('winner: the candidate met the criteria');
  });

  longTest('in which another run waits is handed on', async () => {
    await begin(WON);
    world.cluster.change('Lease', world.namespace, 'cdk8s-iter8-reviews', (each) => {
      each.metadata.annotations['cdk8s-iter8/queue.run-2'] =
        `2026-01-01T00:00:05Z ${Math.floor(world.cluster.clock.now) + 100} queue`;
    });
    await finish();
    expect(world.cluster.find('Lease', world.namespace, 'cdk8s-iter8-reviews')?.spec.holderIdentity).toBeUndefined();
    expect(Object.keys(world.recorded)).toEqual(['queue.run-2']);
  });

  test('that another run joins at the last moment is not deleted under it', async () => {
    await begin(WON);
    let joined = false;
    world.cluster.fault({
      verb: 'delete',
      resource: 'leases',
      get result() {
        if (!joined) {
          joined = true;
          world.cluster.change('Lease', world.namespace, 'cdk8s-iter8-reviews', (each) => {
            each.metadata.annotations['cdk8s-iter8/queue.run-2'] =
              `2026-01-01T00:00:05Z ${Math.floor(world.cluster.clock.now) + 100} queue`;
          });
        }
        return 409;
      },
      times: 1,
    });
    await finish();
    expect(Object.keys(world.recorded)).toEqual(['queue.run-2']);
  });
});

describe('a first deployment', () => {
  const first = async (status: object) => {
    await begin(END_STATES['it was deleted'], ['reviews-v1']);
    world.cluster.change('Lease', world.namespace, 'cdk8s-iter8-reviews', ({ metadata }) => {
      const { 'cdk8s-iter8/candidate': candidate, 'cdk8s-iter8/run': run } = metadata.annotations;
      metadata.annotations = { 'cdk8s-iter8/candidate': candidate, 'cdk8s-iter8/run': run };
    });
    for (const kind of ['VirtualService', 'DestinationRule']) {
      world.cluster.delete(kind, world.namespace, `${HOST}.iter8router`);
    }
    world.cluster.change(
      'Deployment',
      world.namespace,
      'reviews-v2',
      (each) => Object.assign(each, { status }),
      'status',
    );
  };

  test('that does not run has not won, and is removed', async () => {
    await first({ observedGeneration: 1 });
    const { results, status } = await wait();
    expect(results).toMatchObject({
      verdict: 'aborted',
      winner: '',
      reason: 'reviews-v2, the first version of the service, does not run',
    });
    expect([status, world.versions]).toEqual(['Failed', []]);
  });

  test('takes the Service with it only where no other version needs that', async () => {
    await begin(END_STATES['it was deleted'], ['reviews-v2']);
    world.cluster.change('Lease', world.namespace, 'cdk8s-iter8-reviews', ({ metadata }) => {
      metadata.annotations = {
        'cdk8s-iter8/run': 'run-1',
        'cdk8s-iter8/candidate': 'reviews-v2',
        'cdk8s-iter8/created': 'ConfigMap,Service',
      };
    });
    const labels = { 'cdk8s-iter8/created-by': 'run-1' };
    // Of the Service's name, as is usual.
    world.cluster.create({ kind: 'ConfigMap', metadata: { name: 'reviews', namespace: world.namespace, labels } });
    world.cluster.change('Service', world.namespace, 'reviews', ({ metadata }) => Object.assign(metadata, { labels }));
    await finish(['deploy=Failed:Failed']);
    expect(world.cluster.list('ConfigMap', world.namespace)).toEqual([]);
    expect(world.cluster.list('Service', world.namespace)).toHaveLength(1);
  });

  test('that was made by somebody else is not removed', async () => {
    await first({ observedGeneration: 1 });
    world.cluster.change('Deployment', world.namespace, 'reviews-v2', ({ metadata }) => {
      metadata.labels = {};
    });
    await finish(['deploy=Failed:Failed']);
    expect(world.versions).toEqual(['reviews-v2']);
  });
});

test('an experiment that a person has made meanwhile is left to that person, and so are its versions', async () => {
  await begin(END_STATES['the controller is silent']);
  world.cluster.delete('Experiment', world.namespace, 'reviews-x');
  const service = { name: 'reviews', baseline: 'reviews-v1', candidates: ['reviews-v2'] };
  const metadata = { name: 'mine', namespace: world.namespace };
  world.cluster.create({ kind: 'Experiment', metadata, spec: { service }, status: { phase: 'Progressing' } });
  world.cluster.change('VirtualService', world.namespace, `${HOST}.iter8router`, (router) => {
    router.metadata.labels['iter8-tools/experiment'] = 'mine.team';
  });
  const untouched = () =>
    expect([world.versions.sort(), world.traffic]).toEqual([
      ['reviews-v1', 'reviews-v2'],
      { 'reviews-v1': 80, 'reviews-v2': 20 },
    ]);

  runHasEnded(world);
  const next = await world.task('experiment', { run: 'run-2', commit: '1234567890'.repeat(4), 'queue-deadline': '20' });
  expect(lastLine(next)).toContain('ERROR: experiment mine has used the service reviews for all of the 20 seconds');
  untouched();

  const { results } = await world.task('finish', { run: 'run-2', tasks: ['experiment=Failed:Failed'] });
  expect(results.verdict).toBe('aborted');
  untouched();
});

test('results are not lost by the characters that they have', async () => {
  await begin({ ...END_STATES['it lost its routing'], message: '<&>'.repeat(300) });
  const { results } = await finish(['wait=Failed:Failed']);
  expect(results.reason).toContain('(+)(+)');
});

longTest('a stop folder that can not be written is told, and hinders nothing', async () => {
  await begin(WON);
  const { status, log } = await wait({}, { STOP_FOLDER: '/proc/nothing' });
  expect([status, log]).toEqual([
    'Succeeded',
    expect.stringContaining('the stop file /proc/nothing/run-1 could not be written; the load ends by itself'),
  ]);
});

longTest('a failure is told with what its task said, without control characters and not without end', async () => {
  await begin(END_STATES['the controller is silent']);
  world.cluster.change('Lease', world.namespace, 'cdk8s-iter8-reviews', ({ metadata }) => {
    metadata.annotations['cdk8s-iter8/because'] = `reviews\u0007 "quoted" \\${'x'.repeat(2000)}`;
  });
  const { results } = await finish(['deploy=Failed:Failed', 'load=None:None']);
  expect(results.reason).toMatch(/^deploy failed: reviews "quoted" \\x{400,}/);
  expect(results.reason.length).toBeLessThanOrEqual(600);
  expect(Object.values(results).join('').length).toBeLessThan(3500);
  expect(results.report).toContain('task       deploy Failed:Failed');
});

longTest('the verdict of the weights does not change when the task is tried again', async () => {
  await begin(WON);
  const first = await conclude(world, '');
  const again = await conclude(world, '');
  expect(again.results).toEqual(first.results);
});

describe('the stop file is there in the end', () => {
  const RUN = 'run-1';
  const left = () => existsSync(join(world.cluster.folder, RUN));
  const task = (name: string, params: Record<string, string>) =>
    world.task(
      name,
      { deadline: '20', interval: '1', ...params },
      { STOP_FOLDER: world.cluster.folder, END_SECONDS: '10' },
    );

  longTest.each([
    ['with a verdict', 'wait', WON, {}, 'Succeeded'],
    ['where the run fails because of it', 'wait', LOST, { 'fail-on': 'baseline' }, 'Failed'],
    ['after the deadline', 'wait', PAUSED, { deadline: '4' }, 'Failed'],
    ['after a value that is refused', 'wait', WON, { 'fail-on': 'x' }, 'Failed'],
    ['after finish', 'finish', WON, {}, 'Succeeded'],
  ] as const)('%s', async (_, name, state, params, status) => {
    await begin(state);
    const outcome = await task(name, params);
    expect([outcome.status, left()]).toEqual([status, true]);
  });

  longTest('where it can not be written the step says so, and goes on', async () => {
    await begin(WON);
    const { status, log } = await world.task('wait', { deadline: '20', interval: '1' }, { STOP_FOLDER: '/nowhere' });
    expect([status, log]).toEqual([
      'Succeeded',
      expect.stringContaining('could not be written; the load ends by itself'),
    ]);
  });
});
