import { Duration } from 'cdk8s';
import { longTest } from '../support/extent';
import type { RunOutcome } from '../support/tekton/pipeline-runner';
import { World } from '../support/world';

jest.setTimeout(240_000);
const VERSIONS = ['v1alpha2', 'v1alpha1'] as const;
let world: World;

afterEach(async () => {
  await world.stop();
});

const completed = () =>
  world.experiment?.status?.conditions?.some(
    ({ type, status }: any) => type === 'ExperimentCompleted' && status === 'True',
  );

/** Runs a commit whose candidate meets the criteria, and does this once the run waits for a person. */
async function gated(version: 'v1alpha2' | 'v1alpha1', what: () => Promise<unknown>): Promise<[RunOutcome, string]> {
  world = await World.start({ version, props: { approvalDeadline: Duration.seconds(100) } });
  const deletedLive = world.guard();
  const commit = world.commit();
  const run = world.run(commit);
  await world.cluster.until('the run waits for a person', 300, () => completed() && 'gate' in world.recorded);
  expect(world.traffic).toEqual({ 'reviews-v1': 100, [`reviews-${commit.slice(0, 7)}`]: 0 });
  await what();
  const outcome = await run;
  expect([world.leftovers, deletedLive]).toEqual([[], []]);
  return [outcome, `reviews-${commit.slice(0, 7)}`];
}

longTest.each(VERSIONS)('a person rolls a candidate forward that met the criteria, with iter8 %s', async (version) => {
  const [run, winner] = await gated(version, async () => {
    const done = await world.task('rollforward', { run: 'a-person' });
    expect([done.status, done.results.verdict]).toEqual(['Succeeded', 'winner']);
  });
  const reason = 'the candidate met the criteria, and a person rolled it forward';
  expect([run.succeeded, run.results]).toMatchObject([true, { verdict: 'winner', winner, reason }]);
  expect([world.versions, world.traffic]).toEqual([[winner], { [winner]: 100 }]);
});

longTest('a person rolls it back', async () => {
  const [run] = await gated('v1alpha2', async () => {
    const done = await world.task('rollback', { run: 'a-person' });
    expect([done.status, done.results.winner]).toEqual(['Succeeded', 'reviews-v1']);
  });
  const reason = 'the candidate met the criteria, but a person rolled it back';
  expect(run.results).toMatchObject({ verdict: 'aborted', winner: 'reviews-v1', reason });
  expect(world.versions).toEqual(['reviews-v1']);
});

longTest('nobody decides in time', async () => {
  const [run] = await gated('v1alpha2', async () => {});
  const reason = 'the candidate met the criteria, but nobody rolled it forward in time';
  expect(run.results).toMatchObject({ verdict: 'inconclusive', winner: 'reviews-v1', reason });
  expect(world.versions).toEqual(['reviews-v1']);
});

longTest('a newer run does not wait for a person', async () => {
  world = await World.start({ props: { approvalDeadline: Duration.hours(1) } });
  const run = world.run(world.commit());
  await world.cluster.until('the run waits for a person', 300, () => 'gate' in world.recorded);
  world.cluster.change('Lease', 'team', 'cdk8s-iter8-reviews', ({ metadata }) => {
    metadata.annotations['cdk8s-iter8/queue.run-x'] =
      `2100-01-01T00:00:00Z ${Math.floor(world.cluster.clock.now) + 900} cancelOlder`;
  });
  const { results } = await run;
  const reason = 'a newer run took over; the candidate had met the criteria, and nobody had decided';
  expect(results).toMatchObject({ verdict: 'aborted', winner: 'reviews-v1', reason });
  expect(world.versions).toEqual(['reviews-v1']);
});

longTest('the run ends, and a person decides after that', async () => {
  world = await World.start({ props: { approvalDeadline: Duration.hours(1) } });
  const commit = world.commit();
  const winner = `reviews-${commit.slice(0, 7)}`;
  const run = world.run(commit);
  await world.cluster.until('the run waits for a person', 300, () => 'gate' in world.recorded);
  // Its pod is killed, and so is the run.
  world.cluster.change(
    'PipelineRun',
    'team',
    'run-1',
    (each) => {
      each.status = { conditions: [{ type: 'Succeeded', status: 'False' }] };
    },
    'status',
  );
  const done = await world.task('rollforward', { run: 'a-person' });
  expect([done.status, done.results]).toMatchObject(['Succeeded', { verdict: 'winner', winner }]);
  expect([world.versions, world.traffic]).toEqual([[winner], { [winner]: 100 }]);
  await run;
});

longTest('a candidate that does not meet the criteria waits for nobody', async () => {
  world = await World.start({ props: { approvalDeadline: Duration.hours(1) } });
  world.iter8.verdict = 'none';
  const { results, tasks } = await world.run(world.commit());
  expect(results).toMatchObject({ verdict: 'baseline', winner: 'reviews-v1' });
  expect(tasks.wait.log).not.toContain('waiting for a person');
});

longTest('an experiment that a person ends before its end waits for nobody', async () => {
  world = await World.start({ props: { approvalDeadline: Duration.hours(1), interval: Duration.seconds(30) } });
  const run = world.run(world.commit());
  await world.cluster.until('iter8 is under way', 300, () => world.experiment?.status?.currentIteration >= 1);
  expect((await world.task('rollback', { run: 'a-person' })).status).toBe('Succeeded');
  expect((await run).results).toMatchObject({ verdict: 'aborted', reason: 'a person ended the experiment' });
});
