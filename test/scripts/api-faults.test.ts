import { END_STATES, inState } from '../support/end-states';
import { longTest } from '../support/extent';
import type { TaskOutcome } from '../support/tekton/task-runner';
import { World } from '../support/world';

jest.setTimeout(240_000);
const COMMIT = '1234567890'.repeat(4);
let world: World;

afterEach(async () => {
  await world.stop();
});

/** Each task by itself: how it begins, what it asks the API at last, and what has to be true at its end. */
const TASKS: Record<string, { begin: () => Promise<() => Promise<TaskOutcome>>; ends: () => void }> = {
  experiment: {
    begin: async () => {
      world = await World.start();
      return () => world.task('experiment', { commit: COMMIT });
    },
    ends: () =>
      expect([world.traffic, world.recorded.experiment]).toEqual([
        { 'reviews-v1': 100 },
        world.experiment.metadata.name,
      ]),
  },
  deploy: {
    begin: async () => {
      world = await World.start();
      await world.task('experiment', { commit: COMMIT });
      const commit = world.commit();
      const image = `registry.example.com/reviews@sha256:${'0'.repeat(64)}`;
      return () => world.task('deploy', { commit, image, baseline: 'reviews-v1', candidate: 'reviews-1234567' });
    },
    ends: () =>
      expect([world.versions, world.available('reviews-1234567')]).toEqual([['reviews-1234567', 'reviews-v1'], true]),
  },
  wait: {
    begin: async () => {
      world = await inState(END_STATES['the controller is silent'], 'v1alpha2', []);
      return () => world.task('wait', { deadline: '40', 'fail-on': '' }, { END_SECONDS: '10' });
    },
    ends: () =>
      expect([world.versions, world.traffic, world.recorded.verdict]).toEqual([
        ['reviews-v1'],
        { 'reviews-v1': 100 },
        'timeout',
      ]),
  },
  finish: {
    begin: async () => {
      world = await inState(END_STATES['the candidate won'], 'v1alpha2', []);
      return () => world.task('finish');
    },
    ends: () =>
      expect([world.versions, world.traffic, world.cluster.list('Lease', world.namespace)]).toEqual([
        ['reviews-v2'],
        { 'reviews-v2': 100 },
        [],
      ]),
  },
};

/** What happens to the API for half a minute, or to some requests. */
const FAULTS: Record<string, () => Promise<void>> = {
  'refuses connections': () => world.cluster.refuse(30),
  'is too busy (429)': async () => world.cluster.clock.after(30, world.cluster.fault({ result: 429 })),
  'fails (500)': async () => world.cluster.clock.after(30, world.cluster.fault({ result: 500 })),
  'has conflicts (409)': async () => {
    for (const resource of ['leases', 'deployments', 'experiments', 'virtualservices', 'destinationrules']) {
      world.cluster.fault({ verb: 'patch', resource, result: 409, times: 2 });
    }
  },
};

const cases = Object.keys(TASKS).flatMap((task) => Object.keys(FAULTS).map((fault): [string, string] => [task, fault]));

longTest.each(cases)('%s: the API server %s', async (task, fault) => {
  const { begin, ends } = TASKS[task];
  const run = await begin();
  const deletedLive = world.guard();
  // At the third question, in the middle of something.
  let asked = 0;
  world.cluster.onRequest(() => {
    asked += 1;
    if (asked === 3) {
      void FAULTS[fault]();
    }
  });
  const { status, log, results } = await run();
  expect([status, log.includes('ERROR') ? log : '']).toEqual(['Succeeded', '']);
  expect(Object.keys(results)).not.toEqual([]);
  ends();
  expect(deletedLive).toEqual([]);
});

longTest('the API server closes connections, which kubectl takes long to notice', async () => {
  world = await inState(END_STATES['the candidate won'], 'v1alpha2', []);
  world.cluster.clock.after(6, world.cluster.fault({ result: 'drop' }));
  const { status, log } = await world.task('finish', {}, { REQUEST_SECONDS: '1', POLL_SECONDS: '10' });
  expect([status, log]).toEqual(['Succeeded', expect.stringContaining('API server: ')]);
  expect(world.versions).toEqual(['reviews-v2']);
});

longTest('an API server that does not come back is told, with what to do', async () => {
  world = await inState(END_STATES['the candidate won'], 'v1alpha2', []);
  await world.cluster.refuse(1000);
  const { status, log } = await world.task('finish', {}, { API_SECONDS: '20' });
  expect([status, log.trim().split('\n').pop()]).toEqual([
    'Failed',
    expect.stringMatching(
      /^ERROR: the API server did not answer for 20 seconds: .*; run the pipeline again once it does$/,
    ),
  ]);
});

longTest.each([
  [
    403,
    'Error from server (Forbidden): a fault',
    'the API server refuses: ',
    "give the task's service account this right",
  ],
])('an answer that will not change is not asked for again: %s', async (result, _, message, fix) => {
  world = await inState(END_STATES['the candidate won'], 'v1alpha2', []);
  world.cluster.fault({ resource: 'deployments', verb: 'list', result });
  const before = world.cluster.requests.length;
  const { log } = await world.task('finish');
  const last = log.trim().split('\n').pop();
  expect([last?.includes(message), last?.includes(fix)]).toEqual([true, true]);
  expect(world.cluster.requests.slice(before).filter(({ resource }) => resource === 'deployments')).toHaveLength(1);
});

test('an object that can not be read is told, and not asked for again', async () => {
  world = await inState(END_STATES['the candidate won'], 'v1alpha2', []);
  world.cluster.create({
    kind: 'VirtualService',
    metadata: { name: 'odd', namespace: world.namespace },
    spec: { http: [{ route: 'all' }] },
  });
  const { log } = await world.task('finish');
  expect(log.trim().split('\n').pop()).toContain("what the API server answers can't be read: ");
  expect(log).not.toContain('trying again');
});
