import { Duration } from 'cdk8s';
import { OnTermination } from '../../lib';
import { END_STATES, inState, runHasEnded } from '../support/end-states';
import { longTest } from '../support/extent';
import { type RunOutcome, story } from '../support/tekton/pipeline-runner';
import type { TaskOutcome } from '../support/tekton/task-runner';
import { World } from '../support/world';

jest.setTimeout(240_000);
const VERSIONS = ['v1alpha2', 'v1alpha1'] as const;
const LONG = { maxIterations: 60, experimentDeadline: Duration.minutes(10) };
let world: World;
let deletedLive: string[];

async function begin(version: 'v1alpha2' | 'v1alpha1' = 'v1alpha2', props: object = {}): Promise<void> {
  world = await World.start({ version, props: { ...LONG, ...props } });
  deletedLive = world.guard();
}

afterEach(async () => {
  await world.stop();
});

type Action = 'rollback' | 'rollforward' | 'pause' | 'resume';
const act = (action: Action, environment: Record<string, string> = {}, params: Record<string, string> = {}) =>
  world.task(action, { run: 'a-person', ...params }, environment);
const lastLine = ({ log }: TaskOutcome) => log.trim().split('\n').pop() ?? '';
const candidateOf = (commit: string) => `reviews-${commit.slice(0, 7)}`;
const atIteration = (at: number) =>
  world.cluster.until(`iter8 is at iteration ${at}`, 300, () => world.experiment?.status?.currentIteration >= at);

/** Runs a commit, and does this while iter8 is at its first iteration. */
async function during<T>(commit: string, what: () => Promise<T>): Promise<[RunOutcome, T]> {
  const run = world.run(commit);
  await atIteration(1);
  const done = await what();
  return [await run, done];
}

const inOrder = () => expect([world.leftovers, deletedLive]).toEqual([[], []]);

describe.each(VERSIONS)('with iter8 %s', (version) => {
  longTest('a run is rolled back', async () => {
    await begin(version);
    const [run, done] = await during(world.commit(), () => act('rollback'));
    expect([done.status, lastLine(done)]).toEqual(['Succeeded', 'rollback done: reviews-v1 has all the traffic']);
    const told = { verdict: 'aborted', winner: 'reviews-v1', reason: 'a person ended the experiment' };
    expect(done.results).toMatchObject({ ...told, image: expect.stringContaining('@sha256:') });
    expect(run.results).toMatchObject(told);
    expect([run.succeeded, world.versions, world.traffic]).toEqual([false, ['reviews-v1'], { 'reviews-v1': 100 }]);
    inOrder();
  });

  longTest('a run is rolled forward, whatever its experiment was to do in the end', async () => {
    await begin(version, { onTermination: OnTermination.toBaseline() });
    world.iter8.verdict = 'none';
    const commit = world.commit();
    const winner = candidateOf(commit);
    const [run, done] = await during(commit, () => act('rollforward'));
    const told = { verdict: 'winner', winner, reason: "a person ended the experiment in the candidate's favour" };
    if (done.results.verdict !== 'winner') {
      throw new Error(`${done.log}\n${story(run)}`);
    }
    expect([done.status, done.results, run.results]).toMatchObject(['Succeeded', told, told]);
    expect([run.succeeded, world.versions, world.traffic]).toEqual([true, [winner], { [winner]: 100 }]);
    inOrder();
  });

  longTest.each(['rollback', 'rollforward'] as const)(
    'the work of a run that has ended is finished: %s',
    async (action) => {
      await begin(version);
      const commit = world.commit();
      // The run is forgotten when its task for the verdict was to begin.
      await world.run(commit, { before: (task) => (task === 'wait' ? 'forget' : undefined) });
      await atIteration(1);
      const done = await act(action);
      const kept = action === 'rollback' ? 'reviews-v1' : candidateOf(commit);
      expect(done.log).toContain('finishing the work of run team/run-1 on reviews');
      expect([done.status, done.results.winner, world.versions, world.traffic]).toEqual([
        'Succeeded',
        kept,
        [kept],
        { [kept]: 100 },
      ]);
      expect(world.leftovers.filter((each) => !each.includes('load'))).toEqual([]);
      expect(deletedLive).toEqual([]);
    },
  );
});

longTest('an experiment is paused for as long as a person wants, and goes on when it is resumed', async () => {
  await begin('v1alpha2', { maxIterations: 20 });
  const commit = world.commit();
  const [run] = await during(commit, async () => {
    const paused = await act('pause');
    expect([paused.status, lastLine(paused), paused.results.verdict]).toEqual([
      'Succeeded',
      `pause done: experiment ${world.experiment.metadata.name} is paused`,
      '',
    ]);
    expect(paused.results.reason).toMatch(
      /^the experiment is paused, with \d+ % of the traffic on the baseline and \d+ % on the/,
    );
    const { currentIteration } = world.experiment.status;
    const until = world.cluster.clock.now + 90;
    await world.cluster.until('some time is over', 100, () => world.cluster.clock.now > until);
    expect(world.experiment.status).toMatchObject({ phase: 'Pause', currentIteration });
    expect((await act('pause')).status).toBe('Succeeded');
    expect((await act('resume')).results.reason).toMatch(/^the experiment is resumed, with/);
    expect(world.experiment.status.phase).toBe('Progressing');
  });
  expect(run.results).toMatchObject({ verdict: 'winner', winner: candidateOf(commit) });
  inOrder();
});

longTest('two rollbacks at the same time are as good as one', async () => {
  await begin();
  const [run, [one, two]] = await during(world.commit(), () =>
    Promise.all([act('rollback'), act('rollback', {}, { run: 'another-person' })]),
  );
  expect([one.status, two.status, run.results.winner]).toEqual(['Succeeded', 'Succeeded', 'reviews-v1']);
  expect(one.results.verdict).toBe(two.results.verdict);
  inOrder();
});

longTest('an experiment that ends by itself meanwhile has ended', async () => {
  await begin('v1alpha2', { maxIterations: 20 });
  const commit = world.commit();
  world.cluster.fault({ verb: 'patch', resource: 'experiments', result: 409 });
  const [run, done] = await during(commit, () => act('rollback', { END_SECONDS: '200' }));
  expect(run.results).toMatchObject({ verdict: 'winner', winner: candidateOf(commit) });
  expect(done.results).toMatchObject({ ...run.results, report: expect.anything() });
  expect([done.status, lastLine(done)]).toEqual([
    'Failed',
    'ERROR: the rollback to reviews-v1 came too late, or was not possible: the candidate met the criteria and has all the traffic; run the pipeline again for the version that is to be live',
  ]);
  inOrder();
});

describe('is refused, and changes nothing:', () => {
  const refused = async (action: Action, reason: string, environment: Record<string, string> = {}) => {
    const before = JSON.stringify([world.experiment?.spec, world.traffic, world.versions]);
    const done = await act(action, environment);
    expect([done.status, lastLine(done)]).toEqual(['Failed', expect.stringContaining(`ERROR: ${reason}`)]);
    expect(done.results).toMatchObject({ verdict: '', reason: expect.stringContaining(reason) });
    expect(done.results.report).toContain('reviews in team');
    expect(JSON.stringify([world.experiment?.spec, world.traffic, world.versions])).toBe(before);
  };

  longTest.each(['rollback', 'rollforward', 'pause', 'resume'] as const)('%s without an experiment', async (action) => {
    await begin();
    await refused(action, `no experiment of service reviews in team is in progress, so there is nothing to ${action}`);
  });

  longTest('a rollforward to a candidate that is not there, or not ready', async () => {
    world = await inState(END_STATES['iter8 paused it'], 'v1alpha2', ['reviews-v2']);
    await refused('rollforward', 'the candidate reviews-v2 is not there, or not all of its pods are ready');
    world.deploy('reviews-v2', { version: 'v2' }, 'run-1');
    await refused('rollforward', 'the candidate reviews-v2 is not there, or not all of its pods are ready');
  });

  longTest.each(['rollback', 'rollforward'] as const)('a %s to what is no name', async (action) => {
    world = await inState(END_STATES['the controller is silent'], 'v1alpha2', []);
    world.cluster.change('Experiment', 'team', 'reviews-x', ({ spec }) => {
      spec.service.candidates = ['x/;e touch CANARY;#'];
    });
    await refused(action, "experiment reviews-x compares 'reviews-v1' with 'x/;e");
  });

  test('a rollback to a baseline that does not run', async () => {
    world = await inState(END_STATES['the controller is silent'], 'v1alpha2', ['reviews-v1']);
    await refused('rollback', "the baseline reviews-v1 does not run, so the traffic can't go back to it");
  });

  longTest.each(['pause', 'resume'] as const)('a %s of an experiment that has ended', async (action) => {
    world = await inState(END_STATES['the candidate won'], 'v1alpha2', []);
    await refused(action, `experiment reviews-x has ended already, so there is nothing to ${action}`);
  });
});

describe('when iter8 does not answer', () => {
  longTest('a rollback is done without it, under the run that waits for it', async () => {
    world = await inState(END_STATES['the controller is silent'], 'v1alpha2', []);
    deletedLive = world.guard();
    const waiting = world.task('wait', { deadline: '600', interval: '100' });
    const done = await act('rollback', { DRAIN_SECONDS: '40' });
    expect([done.status, done.results]).toMatchObject([
      'Succeeded',
      { verdict: 'aborted', winner: 'reviews-v1', reason: 'a person ended the experiment, and iter8 did not answer' },
    ]);
    expect(lastLine(await waiting)).toContain('this run has lost the service reviews');
    expect([world.versions, world.traffic, deletedLive]).toEqual([['reviews-v1'], { 'reviews-v1': 100 }, []]);
    // It is the run's to see that, and to delete the lease.
    expect(world.recorded).toEqual({});
    expect(world.cluster.list('Lease', 'team').map(({ spec }) => spec.holderIdentity)).toEqual([undefined]);
  });

  longTest('a rollback is done without it, and the run sees that it has the service no more', async () => {
    world = await inState(END_STATES['the controller is silent'], 'v1alpha2', []);
    // iter8's own, which it would take off.
    world.cluster.change('Experiment', 'team', 'reviews-x', ({ metadata }) => {
      metadata.finalizers = ['finalizer.iter8-tools'];
    });
    const waiting = world.task('wait', { deadline: '600', interval: '100' });
    const sending = world.task('load', { experiment: 'reviews-x', deadline: '600', 'pipeline-run': 'team/run-1' });
    await world.cluster.until('it sends', 60, () => world.generator.sends);
    const done = await act('rollback');
    expect([done.status, done.results.winner, world.traffic]).toEqual([
      'Succeeded',
      'reviews-v1',
      { 'reviews-v1': 100 },
    ]);
    await world.cluster.until('it is silent', 10, () => !world.generator.sends);
    expect((await sending).log).toContain('stopping: another run, or a person, has taken the service over');
    expect(lastLine(await waiting)).toContain('this run has lost the service reviews: somebody has taken it over');
    const finished = await world.task('finish', { tasks: ['experiment=Succeeded:Succeeded', 'wait=Failed:Failed'] });
    expect(finished.results.reason).toContain(
      'another run has taken over the service and finished the work of this one',
    );
    expect(world.cluster.list('Lease', 'team')).toEqual([]);
  });

  longTest('a rollback is done without it, and nothing stays of a run that has ended', async () => {
    world = await inState(END_STATES['the controller is silent'], 'v1alpha2', []);
    runHasEnded(world);
    const done = await act('rollback');
    expect([done.status, done.results.winner, world.versions]).toEqual(['Succeeded', 'reviews-v1', ['reviews-v1']]);
    expect(world.cluster.list('Lease', 'team')).toEqual([]);
  });

  test.each([
    ['rollforward', /^ERROR: iter8 did not end experiment reviews-x within 20 seconds: Progressing/],
    ['pause', /^ERROR: iter8 did not pause experiment reviews-x within 20 seconds: Progressing/],
    ['resume', /^ERROR: iter8 did not resume experiment reviews-x within 20 seconds: Pause/],
  ] as const)('a %s says so', async (action, message) => {
    world = await inState(
      END_STATES[action === 'resume' ? 'a person paused it' : 'the controller is silent'],
      'v1alpha2',
      [],
    );
    const done = await act(action);
    expect([done.status, lastLine(done)]).toEqual(['Failed', expect.stringMatching(message)]);
    expect(world.traffic).toEqual({ 'reviews-v1': 80, 'reviews-v2': 20 });
  });
});

test('an experiment that a person has made is ended, and no version deleted', async () => {
  await begin();
  world.deploy('reviews-v2', { version: 'v2' });
  await world.cluster.until('the candidate is ready', 60, () => world.available('reviews-v2'));
  const service = { name: 'reviews', baseline: 'reviews-v1', candidates: ['reviews-v2'] };
  world.cluster.create({ kind: 'Experiment', metadata: { name: 'mine', namespace: 'team' }, spec: { service } });
  await atIteration(1);
  const done = await act('rollforward');
  expect([done.status, done.results]).toMatchObject([
    'Succeeded',
    {
      verdict: 'winner',
      winner: 'reviews-v2',
      reason:
        "a person ended the experiment in the candidate's favour; no run of a pipeline has made the experiment, so no version was deleted",
    },
  ]);
  expect([world.versions, world.traffic]).toEqual([
    ['reviews-v1', 'reviews-v2'],
    { 'reviews-v1': 0, 'reviews-v2': 100 },
  ]);
});

longTest('a run that is still at work at the deadline is left to it', async () => {
  world = await inState(END_STATES['a person ended it for the baseline'], 'v1alpha2', []);
  const done = await act('rollback', {}, { deadline: '20' });
  expect([done.status, done.results.winner]).toEqual(['Succeeded', 'reviews-v1']);
  expect(done.results.reason).toContain('is still at work, and will remove the version that lost');
  expect(world.versions).toEqual(['reviews-v1', 'reviews-v2']);
});

test('work that it has taken over is finished when it is tried again', async () => {
  world = await inState(END_STATES['a person ended it for the baseline'], 'v1alpha2', []);
  const { uid } = world.cluster.create({ kind: 'PipelineRun', metadata: { name: 'back', namespace: 'team' } }).metadata;
  world.cluster.change('Lease', 'team', 'cdk8s-iter8-reviews', ({ metadata, spec }) => {
    metadata.annotations['cdk8s-iter8/pipeline-run'] = 'team/back';
    spec.holderIdentity = uid;
  });
  const done = await act('rollback', {}, { run: uid, deadline: '30' });
  expect([done.status, done.results.reason, world.versions]).toEqual([
    'Succeeded',
    'a person ended the experiment',
    ['reviews-v1'],
  ]);
  expect(world.cluster.list('Lease', 'team')).toEqual([]);
});
