import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { longTest } from '../support/extent';
import type { TaskOutcome } from '../support/tekton/task-runner';
import { STOPPING, World } from '../support/world';

jest.setTimeout(240_000);
let world: World;

beforeEach(async () => {
  world = await World.start();
  world.iter8.stop();
  world.cluster.create({
    kind: 'Experiment',
    metadata: { name: 'e', namespace: world.namespace },
    spec: { service: { name: 'reviews', baseline: 'reviews-v1', candidates: ['reviews-v2'] } },
  });
});

afterEach(async () => {
  await world.stop();
});

function load(params: Record<string, string> = {}, environment: Record<string, string> = {}): Promise<TaskOutcome> {
  const task = world.manifests.find(({ kind, metadata }) => kind === 'Task' && metadata.name === 'reviews-load');
  const uid = world.cluster.find('Experiment', world.namespace, 'e')?.metadata.uid ?? '';
  const all = {
    service: 'reviews',
    namespace: world.namespace,
    run: 'run-1',
    experiment: 'e',
    'experiment-uid': uid,
    url: 'http://gateway.example.com/reviews?a=b&c=d',
    host: 'reviews.example.com',
    'per-second': '10',
    deadline: '600',
    ...params,
  };
  return world.runner.run(task, all, undefined, {
    GENERATOR: world.generator.url,
    SILENCE_SECONDS: '5',
    ...environment,
  });
}

const sends = () => world.cluster.until('requests are sent', 60, () => world.generator.sends);

/** Something happens; the generator has to be silent soon. */
async function silentAfter(happens: () => void): Promise<void> {
  await sends();
  await world.cluster.clock.sleep(5);
  happens();
  const since = world.cluster.clock.now;
  await world.cluster.until('no requests are sent', 60, () => !world.generator.sends);
  expect(world.cluster.clock.now - since).toBeLessThan(10);
}

const complete = () =>
  world.cluster.change(
    'Experiment',
    world.namespace,
    'e',
    (object) => {
      object.status = { conditions: [{ type: 'ExperimentCompleted', status: 'True' }] };
    },
    'status',
  );

longTest('load ends with the verdict, and its numbers are told', async () => {
  world.generator.codes = { '200': 7, '302': 1, '500': 1, '-1': 1 };
  const running = load();
  await silentAfter(complete);
  const { status, results, log } = await running;
  expect(status).toBe('Succeeded');
  const requests = Number(results.requests);
  expect(requests).toBeGreaterThan(20);
  expect(Math.abs(Number(results.errors) - requests / 5)).toBeLessThan(2);
  expect(results).toMatchObject({ 'p50-millis': '50', 'p90-millis': '90', 'p99-millis': '99' });
  expect(log).toContain('stopping: the experiment has ended');
  const [asked] = world.generator.runs;
  expect(Object.fromEntries(asked)).toMatchObject({
    url: 'http://gateway.example.com/reviews?a=b&c=d',
    H: 'Host: reviews.example.com',
    qps: '10',
    c: '4',
  });
});

longTest('load ends when the experiment is gone', async () => {
  const running = load();
  await silentAfter(() => world.cluster.delete('Experiment', world.namespace, 'e'));
  expect((await running).log).toContain('stopping: the experiment is gone');
});

test('load ends when another experiment has its name', async () => {
  const running = load();
  await silentAfter(() => {
    world.cluster.delete('Experiment', world.namespace, 'e');
    world.cluster.create({ kind: 'Experiment', metadata: { name: 'e', namespace: world.namespace }, spec: {} });
  });
  expect((await running).status).toBe('Succeeded');
});

test('load ends with a stop file', async () => {
  const running = load({}, { STOP_FOLDER: world.cluster.folder });
  await silentAfter(() => writeFileSync(join(world.cluster.folder, 'run-1'), ''));
  expect((await running).log).toContain('stopping: the stop file is there');
});

longTest('load pauses while the API server does not answer, and ends at its deadline', async () => {
  const running = load({ deadline: '60' });
  await silentAfter(() => world.cluster.fault({ result: 500 }));
  const { status, log, results } = await running;
  expect(status).toBe('Succeeded');
  expect(log).toContain('pausing:');
  expect(log).toContain('stopping: the deadline is over');
  expect(Number(results.requests)).toBeGreaterThan(0);
});

test('load goes on when the API server answers again', async () => {
  const running = load();
  let end = () => {};
  await silentAfter(() => {
    end = world.cluster.fault({ result: 503 });
  });
  end();
  await sends();
  complete();
  const { log } = await running;
  expect(log).toContain('the API server answers again');
  expect(world.generator.runs).toHaveLength(2);
});

longTest('load ends when its pod is ended, and its numbers are told', async () => {
  const running = load();
  await silentAfter(() => world.runner.signal('SIGTERM'));
  const { log, results } = await running;
  expect(log).toContain('stopping: this task was ended');
  expect(Number(results.requests)).toBeGreaterThan(0);
});

longTest('load ends when the API server takes questions and never answers', async () => {
  const running = load({ deadline: '30' });
  await sends();
  world.cluster.fault({ result: 'hang' });
  const begun = Date.now();
  while (world.generator.sends) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  // The script's own waits take no time here: two seconds, and the time in which it asked.
  expect(Date.now() - begun).toBeLessThan(8000);
  expect((await running).log).toContain('pausing: ');
});

longTest('whatever becomes of the script, nothing is sent after the deadline', async () => {
  const running = load({ deadline: '50' });
  await sends();
  expect(world.generator.runs[0].get('t')).toBe('50s');
  world.runner.signal('SIGKILL');
  await running;
  await world.cluster.until('the generator ends', 60, () => !world.generator.sends);
});

longTest('a generator that is done a little early is asked to go on', async () => {
  const running = load();
  await silentAfter(() => world.generator.end());
  await sends();
  complete();
  const { status, results } = await running;
  expect(status).toBe('Succeeded');
  expect(world.generator.runs).toHaveLength(2);
  expect(Number(results.requests)).toBeGreaterThan(20);
});

test('a generator that can not send is told, and stopped', async () => {
  world.generator.refusal = '{"error":true,"Exception":"no such host"}';
  const { status, log } = await load();
  expect([status, log.trim().split('\n').pop()]).toEqual([
    'Failed',
    expect.stringContaining('ERROR: the load generator stopped by itself: {"error":true,"Exception":"no such host"}'),
  ]);
  expect(world.generator.stopped).toBe(true);
});

longTest('a generator that breaks off does not take with it what it had reported', async () => {
  const running = load();
  await sends();
  await world.cluster.clock.sleep(5);
  world.generator.refusal = '{"error":true}';
  world.generator.end();
  const { status, results } = await running;
  expect([status, Number(results.requests) > 20]).toEqual(['Failed', true]);
});

test('too many failed requests fail the task, where that is asked for', async () => {
  world.generator.codes = { '200': 1, '503': 1 };
  const running = load({ 'max-error-rate': '0.4' });
  await silentAfter(complete);
  const { status, log } = await running;
  expect(status).toBe('Failed');
  expect(log.trim().split('\n').pop()).toMatch(
    /^ERROR: \d+ of \d+ requests failed; expected at most a share of 0\.4; see whether/,
  );
});

test('a generator that does not start is told', async () => {
  await world.generator.stop();
  const { status, log } = await load({}, { START_SECONDS: '5' });
  await world.generator.start();
  expect(status).toBe('Failed');
  expect(log).toContain('ERROR: the load generator did not start within 5 seconds; look at the log of the sidecar');
});

test('without an experiment nothing is sent', async () => {
  const { status, results } = await load({ experiment: '' });
  expect([status, results.requests, world.generator.runs]).toEqual(['Succeeded', '0', []]);
});

longTest(
  'load goes on while tasks of a run that begins no more see to the experiment, and ends when none does',
  async () => {
    world.lease();
    world.cluster.create({ kind: 'PipelineRun', metadata: { name: 'r', namespace: world.namespace } });
    world.condition('r', STOPPING);
    const running = load({ 'pipeline-run': `${world.namespace}/r` });
    await sends();
    for (const renewTime of ['2026-01-01T00:01:00.000000Z', '2026-01-01T00:02:00.000000Z']) {
      world.cluster.change('Lease', world.namespace, 'cdk8s-iter8-reviews', ({ spec }) => {
        spec.renewTime = renewTime;
      });
      await world.cluster.clock.sleep(50);
      expect(world.generator.sends).toBe(true);
    }
    expect((await running).log).toContain('stopping: a task of the run has failed, or somebody has ended the run');
  },
);

longTest.each([
  ['a task has failed', {}, STOPPING],
  ['a task was cancelled', {}, { ...STOPPING, message: 'Tasks Completed: 3 (Failed: 0, Cancelled 1), Incomplete: 2' }],
  ['there is no finally', {}, { ...STOPPING, reason: 'PipelineRunStopping', message: '' }],
  ['it is cancelled in order', { status: 'CancelledRunFinally' }, {}],
  ['it is stopped in order', { status: 'StoppedRunFinally' }, {}],
])('load ends when its run has not got the service and ends: %s', async (_, spec, condition) => {
  world.cluster.create({ kind: 'PipelineRun', metadata: { name: 'r', namespace: world.namespace } });
  const goesOn = {
    status: 'Unknown',
    reason: 'Running',
    message: 'Tasks Completed: 0 (Failed: 0, Cancelled 0), Incomplete: 3, Skipped: 0',
  };
  world.condition('r', goesOn);
  const running = load({ 'pipeline-run': `${world.namespace}/r` });
  await sends();
  await world.cluster.clock.sleep(30);
  expect(world.generator.sends).toBe(true);
  world.cluster.change('PipelineRun', world.namespace, 'r', (run) => Object.assign(run, { spec }));
  world.condition('r', { ...goesOn, ...condition });
  const { status, log } = await running;
  expect(status).toBe('Succeeded');
  expect(log).toContain('stopping: a task of the run has failed, or somebody has ended the run');
});

test('load ends when the verdict on the run of its experiment is known', async () => {
  world.lease();
  const running = load();
  await silentAfter(() =>
    world.cluster.change('Lease', world.namespace, 'cdk8s-iter8-reviews', ({ metadata }) => {
      metadata.annotations['cdk8s-iter8/verdict'] = 'aborted';
    }),
  );
  expect((await running).log).toContain('stopping: the verdict is aborted');
});

test('load that may not see the run, or is not told which one it is, goes by the experiment', async () => {
  world.cluster.fault({ resource: 'leases', result: 403 });
  world.cluster.fault({ resource: 'pipelineruns', result: 403 });
  const running = load({ 'pipeline-run': `${world.namespace}/r` });
  await silentAfter(complete);
  const { status, log } = await running;
  expect(status).toBe('Succeeded');
  expect(log).not.toContain('ERROR');
});
