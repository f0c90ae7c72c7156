import { LoadStart } from '../../lib';
import { longTest } from '../support/extent';
import { type RunOutcome, story } from '../support/tekton/pipeline-runner';
import { World } from '../support/world';

jest.setTimeout(240_000);
let world: World;

afterEach(async () => {
  await world.stop();
});

const STARTS = [LoadStart.AFTER_EXPERIMENT, LoadStart.AFTER_BUILD];

function expectEnd(outcome: RunOutcome, verdict: string, versions: string[], stopping: string): void {
  const told = [outcome.results.verdict, world.versions, world.leftovers];
  if (
    JSON.stringify(told) !== JSON.stringify([verdict, versions, []]) ||
    !outcome.tasks.load.log.includes(`stopping: ${stopping}`)
  ) {
    throw new Error(`${JSON.stringify(told)}\n${story(outcome)}`);
  }
}

describe.each(STARTS)('load that starts %s', (loadStart) => {
  longTest('is there before the candidate, and ends with the experiment', async () => {
    world = await World.start({ props: { loadStart } });
    const commit = world.commit();
    let sent = false;
    const before = (task: string) => {
      sent ||= task === 'wait' && world.generator.sends;
      return undefined;
    };
    const outcome = await world.run(commit, { before });
    expectEnd(outcome, 'winner', [`reviews-${commit.slice(0, 7)}`], 'the experiment has ended');
    expect(sent).toBe(true);
  });

  longTest('ends when the candidate does not become ready', async () => {
    world = await World.start({ props: { loadStart } });
    const commit = world.commit();
    world.cluster.deployments.expect(`reviews-${commit.slice(0, 7)}`, { never: 'CrashLoopBackOff' });
    const outcome = await world.run(commit);
    expectEnd(outcome, 'aborted', ['reviews-v1'], 'the run has failed: reviews-');
    expect(outcome.results.reason).toContain('was not ready within 60 seconds');
  });

  longTest('ends when the pod that deploys is gone', async () => {
    world = await World.start({ props: { loadStart } });
    const begun = world.cluster.clock.now;
    const outcome = await world.run(world.commit(), { given: { deploy: { status: 'Failed' } } });
    expectEnd(outcome, 'aborted', ['reviews-v1'], 'a task of the run has failed');
    expect(world.cluster.clock.now - begun).toBeLessThan(120);
  });
});

longTest('load that starts before there is an experiment ends where there is nothing to compare', async () => {
  world = await World.start({ props: { loadStart: LoadStart.AFTER_BUILD, maxErrorRate: 0 }, live: false });
  world.generator.refusal = '{"error":true,"Exception":"no such host"}';
  const commit = world.commit();
  const outcome = await world.run(commit);
  expectEnd(outcome, 'winner', [`reviews-${commit.slice(0, 7)}`], 'the verdict is winner');
  expect(outcome.tasks.load.log.match(/no such host.*; trying again/g)).toHaveLength(1);
});

test('load that starts before there is an experiment ends when the run does not get the service', async () => {
  world = await World.start({ props: { loadStart: LoadStart.AFTER_BUILD } });
  const given = { experiment: { status: 'Failed' as const } };
  const outcome = await world.run(world.commit(), { given });
  expectEnd(outcome, 'aborted', ['reviews-v1'], 'a task of the run has failed, or somebody has ended the run');
});
