import { Duration } from 'cdk8s';
import { Cleanup, Rollout } from '../../lib';
import { longTest } from '../support/extent';
import { type RunOutcome, story } from '../support/tekton/pipeline-runner';
import { World, type WorldOptions } from '../support/world';

jest.setTimeout(240_000);
const VERSIONS = ['v1alpha2', 'v1alpha1'] as const;
const NAME = 'registry.example.com/bookinfo/reviews';
let world: World;
let deletedLive: string[];

afterEach(async () => {
  await world.stop();
});

/** A version of reviews that a run has deployed, or could deploy again. */
interface Version {
  readonly name: string;
  readonly commit: string;
  readonly image: string;
}

/** A commit, and an image of which the digest consists of one digit. */
function version(digit: string): Version {
  const commit = world.commit(digit);
  return { commit, image: `${NAME}@sha256:${digit.repeat(64)}`, name: `reviews-${commit.slice(0, 7)}` };
}

const notesOf = ({ commit, image }: Version) => ({ 'cdk8s-iter8/commit': commit, 'cdk8s-iter8/image': image });
const previous = ({ commit, image }: Version) => ({
  'cdk8s-iter8/previous-commit': commit,
  'cdk8s-iter8/previous-image': image,
});

/** Delivers a new commit by a canary. */
async function deliver(digit: string): Promise<[Version, RunOutcome]> {
  const made = version(digit);
  const { commit } = made;
  const [url, digest] = made.image.split('@');
  const results = { commit, 'short-commit': commit.slice(0, 7), IMAGE_URL: url, IMAGE_DIGEST: digest };
  return [made, await world.run(commit, { given: { build: { results } } })];
}

async function promote(digit: string): Promise<Version> {
  const [made, run] = await deliver(digit);
  won(run, made);
  return made;
}

/** That a run ended with this version live, or else its story. */
function won(run: RunOutcome, { name, image }: Version): void {
  if (!run.succeeded || run.results.winner !== name) {
    throw new Error(story(run));
  }
  expect(run.results).toMatchObject({ verdict: 'winner', image });
}

/** Says on a Deployment what a run would have said. */
function annotate(name: string, annotations: Record<string, string>): void {
  world.cluster.change('Deployment', 'team', name, ({ metadata }) => {
    metadata.annotations = { ...metadata.annotations, ...annotations };
  });
}

/** Begins with a version that a run has made live, before which another one was live. */
async function begin(options: WorldOptions = {}): Promise<[Version, Version]> {
  world = await World.start({ live: false, ...options });
  deletedLive = world.guard();
  const [one, two] = [version('1'), version('2')];
  world.deploy(two.name, { version: two.commit.slice(0, 7) }, 'run-0');
  annotate(two.name, { ...notesOf(two), ...previous(one) });
  await world.cluster.until('it is live', 60, () => world.available(two.name));
  return [one, two];
}

const inOrder = () => expect([world.leftovers, deletedLive]).toEqual([[], []]);

/** That a version has all the traffic, and knows which one was live before it. */
function live(made: Version, before: Version): void {
  expect(world.traffic).toMatchObject({ [made.name]: 100 });
  const { metadata, spec } = world.cluster.find('Deployment', 'team', made.name) ?? {};
  expect(spec.template.spec.containers[0].image).toBe(made.image);
  expect(metadata.annotations).toMatchObject({ ...notesOf(made), ...previous(before) });
  inOrder();
}

const NONE = { name: '', commit: '', image: '' };

/** That a run failed with this verdict, and another version than it wanted is live. */
function lost(run: RunOutcome, verdict: string, { name }: Version): void {
  if (run.succeeded || run.results.verdict !== verdict) {
    throw new Error(story(run));
  }
  expect([world.versions, world.traffic]).toEqual([[name], { [name]: 100 }]);
  inOrder();
}

const lastLine = (run: RunOutcome, task: string) => run.tasks[task].log.trim().split('\n').pop();

describe.each(VERSIONS)('with iter8 %s', (api) => {
  longTest(
    'the version before is a candidate like any other; once more goes forward again, at once if that is wanted',
    async () => {
      const [one, two] = await begin({ version: api });
      const back = await world.undo(Rollout.CANARY);
      won(back, one);
      expect(back.results.reason).toBe('the candidate met the criteria and has all the traffic');
      live(one, two);
      const experiments = world.cluster.list('Experiment', 'team').length;
      const forward = await world.undo(Rollout.AT_ONCE);
      won(forward, two);
      expect(forward.results.reason).toBe(`${two.name} got all the traffic at once, as the run was asked to`);
      live(two, one);
      expect([world.versions, world.cluster.list('Experiment', 'team').length]).toEqual([[two.name], experiments]);
      // It left the routing as the next canary needs it.
      live(await promote('3'), two);
    },
  );
});

longTest('a version before that does not meet the criteria goes again', async () => {
  const [one, two] = await begin();
  world.iter8.verdict = 'baseline';
  lost(await world.undo(Rollout.CANARY), 'baseline', two);
  const { metadata } = world.cluster.find('Deployment', 'team', two.name) ?? {};
  expect(metadata.annotations).toMatchObject({ ...notesOf(two), ...previous(one) });
});

longTest('at once waits for nobody: no person, no iter8, and no live version that runs', async () => {
  const [one, two] = await begin({ props: { approvalDeadline: Duration.hours(1) } });
  world.iter8.stop();
  world.cluster.deployments.expect(two.name, { never: 'CrashLoopBackOff' });
  world.cluster.change('Deployment', 'team', two.name, ({ spec }) => {
    spec.replicas = 2;
  });
  won(await world.undo(Rollout.AT_ONCE), one);
  live(one, two);
  expect(world.versions).toEqual([one.name]);
  // No fewer than the version had that it replaces.
  expect(world.cluster.find('Deployment', 'team', one.name)?.spec.replicas).toBe(2);
});

longTest('at once, but not before it is ready', async () => {
  const [one, two] = await begin();
  world.cluster.deployments.expect(one.name, { never: 'ImagePullBackOff' });
  const run = await world.undo(Rollout.AT_ONCE);
  lost(run, 'aborted', two);
  expect(run.results.reason).toContain(`deploy failed: ${one.name} was not ready within 60 seconds`);
});

longTest('when its lease is deleted, nobody knows that it was to be at once', async () => {
  const [, two] = await begin();
  const run = await world.undo(Rollout.AT_ONCE, {
    before: (task) => {
      if (task === 'wait') {
        world.cluster.delete('Lease', 'team', 'cdk8s-iter8-reviews');
      }
      return undefined;
    },
  });
  lost(run, 'aborted', two);
  expect(run.results.reason).toMatch(/^somebody deleted what the run had recorded, and there is no experiment/);
});

longTest('the work of a run that has ended is finished, and the next run is a canary again', async () => {
  const [, two] = await begin();
  await world.undo(Rollout.AT_ONCE, { before: (task) => (task === 'wait' ? 'forget' : undefined) });
  world.iter8.verdict = 'baseline';
  const [, run] = await deliver('3');
  expect(run.tasks.experiment.log).toContain('aborted, the run ended without its finally');
  lost(run, 'baseline', two);
});

longTest.each([
  [Cleanup.KEEP, Rollout.CANARY, 1],
  [Cleanup.SCALE_TO_ZERO, Rollout.AT_ONCE, 0],
])('with cleanup %s a version that is still there is live again: %s', async (cleanup, rollout, replicas) => {
  const [, two] = await begin({ props: { cleanup } });
  const three = await promote('3');
  expect(world.traffic).toEqual({ [two.name]: 0, [three.name]: 100 });
  won(await world.undo(rollout), two);
  live(two, three);
  expect(world.cluster.find('Deployment', 'team', three.name)?.spec.replicas ?? 1).toBe(replicas);
});

describe('is refused, and changes nothing:', () => {
  /** What can be changed, without what changes by itself. */
  const things = () =>
    ['Deployment', 'VirtualService', 'DestinationRule', 'Experiment', 'Lease'].flatMap((kind) =>
      world.cluster.list(kind, 'team').map(({ metadata: { name, annotations }, spec }) => [name, annotations, spec]),
    );

  async function refused(task: string, message: string, rollout: any = Rollout.AT_ONCE): Promise<void> {
    const before = things();
    const run = await world.undo(rollout);
    expect(lastLine(run, task)).toContain(`ERROR: ${message}`);
    expect(run.results).toMatchObject({
      verdict: 'aborted',
      reason: expect.stringMatching(`^${task} failed, so nothing was deployed`),
    });
    expect(things()).toEqual(before);
  }

  longTest('a live version that does not say what was before it', async () => {
    world = await World.start();
    await refused(
      'previous',
      'reviews-v1 does not say which version was live before it: there was none, or no run of a pipeline has deployed both; nothing was changed; run the pipeline with the param revision',
    );
  });

  longTest('a service without any version, and then with its first one', async () => {
    world = await World.start({ live: false });
    deletedLive = world.guard();
    await refused('previous', 'no version of service reviews is live in team');
    const [one, run] = await deliver('1');
    won(run, one);
    live(one, NONE);
    await refused('previous', `${one.name} does not say which version was live before it: there was none`);
  });

  longTest.each([
    ['previous-commit', ''],
    ['previous-commit', 'main'],
    ['previous-commit', `${'0'.repeat(40)}\n0`],
    ['previous-image', ''],
    ['previous-image', `${NAME}:1`],
    ['previous-image', `${NAME}@sha256:${'0'.repeat(64)}","x":"`],
  ])('an annotation %s that says %j', async (key, value) => {
    const [, two] = await begin();
    annotate(two.name, { [`cdk8s-iter8/${key}`]: value });
    await refused('previous', `the annotations of ${two.name} say that commit '`);
  });

  test('a way that is not known', async () => {
    await begin();
    await refused('experiment', "param rollout is 'now'; expected canary or at-once", 'now');
  });

  longTest('an experiment in progress', async () => {
    await begin();
    const run = deliver('3');
    await world.cluster.until('iter8 is at work', 300, () => world.experiment?.status?.currentIteration >= 1);
    const { status, log } = await world.task('previous', { run: 'a-person' });
    expect([status, log.trim()]).toEqual([
      'Failed',
      `ERROR: experiment ${world.experiment.metadata.name} of service reviews is in progress; nothing was changed; roll it back, or wait until it has ended`,
    ]);
    await run;
  });
});

longTest(
  'another version that goes live meanwhile is noticed: two runs at the same time do not undo each other',
  async () => {
    const [one, two] = await begin();
    const run = await world.undo(Rollout.AT_ONCE, {
      before: async (task) => {
        if (task === 'experiment') {
          won(await world.undo(Rollout.AT_ONCE), one);
        }
        return undefined;
      },
    });
    lost(run, 'aborted', one);
    expect(lastLine(run, 'experiment')).toContain(`ERROR: param baseline is ${two.name}, which is not live`);
  },
);

longTest('there is no way back to a version whose annotations make no sense', async () => {
  const [one, two] = await begin();
  annotate(two.name, { 'cdk8s-iter8/image': `${NAME}:1","x":"` });
  const run = await world.undo(Rollout.AT_ONCE);
  won(run, one);
  expect(run.tasks.deploy.log).toContain(`WARNING: the annotations of ${two.name} do not say which commit and image`);
  live(one, NONE);
});

test('a rollback that comes after the promotion says which Pipeline is the way back', async () => {
  await begin();
  const { log } = await world.task('rollback', { run: 'a-person' });
  expect(log.trim()).toMatch(/; the way back from a version that is live is the Pipeline for undo$/);
});
