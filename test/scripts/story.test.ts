import { ALL, longTest } from '../support/extent';
import { story } from '../support/tekton/pipeline-runner';
import { SHELLS } from '../support/tekton/task-runner';
import { World, type WorldOptions } from '../support/world';

jest.setTimeout(240_000);
let world: World;
let deletedLive: string[];

async function begin(options: WorldOptions = {}): Promise<void> {
  world = await World.start(options);
  deletedLive = world.guard();
}

/** Runs a commit, and compares what is always to be compared. */
async function run(commit: string, expected: { verdict: string; winner: string; reason?: string; versions: string[] }) {
  const outcome = await world.run(commit);
  const { verdict, winner, reason } = outcome.results;
  const told = { verdict, winner, versions: world.versions, leftovers: world.leftovers, deletedLive };
  const { reason: _, ...rest } = expected;
  if (
    JSON.stringify(told) !== JSON.stringify({ ...rest, leftovers: [], deletedLive: [] }) ||
    outcome.succeeded !== (verdict === 'winner')
  ) {
    throw new Error(`${JSON.stringify(told)}\n${story(outcome)}`);
  }
  expect(reason).toContain(expected.reason ?? '');
  return outcome;
}

const candidateOf = (commit: string) => `reviews-${commit.slice(0, 7)}`;

afterEach(async () => {
  await world.stop();
});

const KINDS = [
  ...SHELLS.flatMap((shell) => (['v1alpha2', 'v1alpha1'] as const).map((version) => ({ shell, version }))),
  { shell: SHELLS[0], version: 'v1alpha1-v0.2' as const },
];

describe.each(ALL ? KINDS : KINDS.slice(0, 1))('under $shell, with iter8 $version', ({ shell, version }) => {
  test('the candidate wins, and the next one too', async () => {
    await begin({ shell, version });
    for (const text of ['two', 'three']) {
      const commit = world.commit(text);
      const winner = candidateOf(commit);
      const outcome = await run(commit, { verdict: 'winner', winner, versions: [winner], reason: 'met the criteria' });
      expect(Number(outcome.tasks.load.results.requests)).toBeGreaterThan(20);
      expect(world.traffic).toEqual({ [winner]: 100 });
    }
  });

  longTest('the candidate loses', async () => {
    await begin({ shell, version });
    world.iter8.verdict = 'none';
    const outcome = await run(world.commit(), {
      verdict: 'baseline',
      winner: 'reviews-v1',
      reason: 'the candidate did not meet the criteria',
      versions: ['reviews-v1'],
    });
    expect(outcome.tasks.wait.log.trim().split('\n').pop()).toBe(
      'ERROR: verdict baseline: the candidate did not meet the criteria',
    );
    expect(world.traffic).toEqual({ 'reviews-v1': 100 });
  });

  longTest('the candidate is withdrawn at once', async () => {
    await begin({ shell, version });
    world.iter8.verdict = 'rollback';
    await run(world.commit(), { verdict: 'baseline', winner: 'reviews-v1', versions: ['reviews-v1'] });
  });
});

longTest('nothing is decided', async () => {
  await begin();
  world.iter8.verdict = 'unknown';
  await run(world.commit(), {
    verdict: 'inconclusive',
    winner: 'reviews-v1',
    reason: 'no winner was found; was there enough traffic?',
    versions: ['reviews-v1'],
  });
});

longTest('the live version has no label of its own, and gets one', async () => {
  await begin({ live: '' });
  const commit = world.commit();
  await run(commit, { verdict: 'winner', winner: candidateOf(commit), versions: [candidateOf(commit)] });
});

longTest('there is no version yet, and the next commit is compared with the first', async () => {
  await begin({ live: false });
  const first = world.commit('one');
  const outcome = await run(first, {
    verdict: 'winner',
    winner: candidateOf(first),
    reason: 'this is the first deployment',
    versions: [candidateOf(first)],
  });
  expect(outcome.tasks.load.results.requests).toBe('0');
  const second = world.commit('two');
  await run(second, { verdict: 'winner', winner: candidateOf(second), versions: [candidateOf(second)] });
  expect(world.cluster.list('Experiment', world.namespace)).toHaveLength(1);
});

longTest('the commit is live already', async () => {
  await begin({ live: false });
  const commit = world.commit();
  const expected = { verdict: 'winner', winner: candidateOf(commit), versions: [candidateOf(commit)] };
  await run(commit, expected);
  const before = world.cluster.find('Deployment', world.namespace, candidateOf(commit))?.metadata;
  await run(commit, { ...expected, reason: 'was live already' });
  expect(world.cluster.find('Deployment', world.namespace, candidateOf(commit))?.metadata).toEqual(before);
});

longTest('a commit that begins with digits only is a name and a label like any other', async () => {
  await begin();
  world.commit();
  const commit = world.git.commitOfDigits();
  const winner = `reviews-${commit.slice(0, 7)}`;
  const outcome = await run(commit, { verdict: 'winner', winner, versions: [winner] });
  expect(outcome.tasks.deploy.log).toContain(`version: "${commit.slice(0, 7)}"`);
});
