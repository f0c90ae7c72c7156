import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Duration } from 'cdk8s';
import { Concurrency } from '../../lib';
import { script } from '../../lib/tasks/script';
import { random } from '../support/kubernetes/clock';
import { Cluster } from '../support/kubernetes/cluster';
import { story } from '../support/tekton/pipeline-runner';
import { TaskRunner } from '../support/tekton/task-runner';
import { World } from '../support/world';

jest.setTimeout(900_000);

/** What a task does that has the service to itself: it makes a folder that can be there only once. */
const BODY = `
acquire
[ -z "$DIE" ] || kill -KILL $$
mkdir "$FOLDER/owner" || fail 'two owners'
echo "$RUN" >>"$FOLDER/order"
pause
rmdir "$FOLDER/owner"
release
`;

/**
 * Several runs of a service at once, one of which may die while it has the service. Whose turn it is at the API is decided
 * by the seed.
 */
async function contend(seed: number, runs: number, deadly: boolean): Promise<string[]> {
  const cluster = new Cluster();
  await cluster.start();
  cluster.create({ kind: 'Namespace', metadata: { name: 'team' } });
  cluster.clock.shuffle(seed);
  const runner = new TaskRunner(cluster);
  const file = join(cluster.folder, 'contender.sh');
  writeFileSync(file, `#!/bin/sh\nset -eu\n${['common.sh', 'kubectl.sh', 'lease.sh'].map(script).join('\n')}\n${BODY}`);
  const next = random(seed);
  const mortal = deadly ? Math.floor(next() * runs) : -1;
  const contender = async (i: number): Promise<string[]> => {
    const env = {
      FOLDER: cluster.folder,
      NAMESPACE: 'team',
      SERVICE: 'reviews',
      RUN: `run-${i}`,
      DIE: i === mortal ? 'yes' : '',
    };
    const [code, log] = await runner.execute([file], env, cluster.folder);
    return code === 0 || i === mortal ? [] : [`run-${i}: ${log}`];
  };
  const failures = (await Promise.all(Array.from({ length: runs }, (_, i) => contender(i)))).flat();
  const order = existsSync(join(cluster.folder, 'order'))
    ? readFileSync(join(cluster.folder, 'order'), 'utf8').trim().split('\n')
    : [];
  const entered = order.length === runs - (deadly ? 1 : 0) ? [] : [`entered: ${order}`];
  // Who dies last leaves the lease to the next run.
  const leases = cluster.list('Lease', 'team').filter(({ spec }) => spec.holderIdentity !== `run-${mortal}`);
  await cluster.stop();
  return [...failures, ...entered, ...leases.map(({ metadata }) => `lease ${metadata.name}`)];
}

const SEEDS = Number(process.env.INTERLEAVINGS ?? 200);
/** Most interleavings are of few runs, which find most; the others are dear. */
const COUNTS = [2, 2, 3, 2, 2, 3, 2, 4, 2, 3];

test(`${SEEDS} interleavings of two to ten runs: never two owners, and nobody is left out`, async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const runs = seed % 50 === 0 ? 10 : seed % 25 === 0 ? 6 : COUNTS[seed % COUNTS.length];
    const failures = await contend(seed, runs, seed % 4 === 0);
    expect(failures.map((each) => `seed ${seed}: ${each}`)).toEqual([]);
  }
});

describe('runs that overlap', () => {
  let world: World;

  afterEach(async () => {
    await world.stop();
  });

  async function overlap(concurrency: Concurrency, count: number, interval = 3) {
    const props = { concurrency, interval: Duration.seconds(interval), experimentDeadline: Duration.seconds(200) };
    world = await World.start({ props });
    const deletedLive = world.guard();
    const commits = Array.from({ length: count }, (_, i) => world.commit(`version ${i}`));
    const outcomes = await Promise.all(
      commits.map(async (commit, i) => {
        await world.cluster.clock.sleep(i * 8);
        return world.run(commit);
      }),
    );
    const stories = outcomes.map(story).join('\n\n');
    const left = [...world.leftovers, ...deletedLive];
    if (left.length > 0) {
      throw new Error(`${left.join()}\n${stories}`);
    }
    return {
      outcomes,
      stories,
      last: `reviews-${commits[count - 1].slice(0, 7)}`,
      first: `reviews-${commits[0].slice(0, 7)}`,
    };
  }

  test('go one after another, each with a fresh baseline', async () => {
    const { outcomes, last, stories } = await overlap(Concurrency.QUEUE, 3);
    const verdicts = outcomes.map(({ results }) => results.verdict);
    expect(verdicts.join() === 'winner,winner,winner' ? '' : stories).toBe('');
    expect(world.versions).toEqual([last]);
    expect(outcomes.map(({ tasks }) => tasks.experiment.results.baseline)).toEqual([
      'reviews-v1',
      outcomes[0].results.winner,
      outcomes[1].results.winner,
    ]);
  });

  test('the newer one is rejected', async () => {
    const { outcomes, first } = await overlap(Concurrency.REJECT_NEWER, 2);
    expect(outcomes.map(({ results }) => results.verdict)).toEqual(['winner', 'aborted']);
    expect(outcomes[1].tasks.experiment.log).toContain(
      'ERROR: another run has the service reviews, and concurrency is rejectNewer',
    );
    expect(outcomes[1].results.reason).toBe('experiment failed, so nothing was deployed');
    expect(world.versions).toEqual([first]);
  });

  test('the older one gives up', async () => {
    const { outcomes, last, stories } = await overlap(Concurrency.CANCEL_OLDER, 2, 15);
    const told = outcomes.map(({ results }) => `${results.verdict}: ${results.reason}`);
    expect(told[0].includes('a newer run took over') && told[1].startsWith('winner') ? '' : stories).toBe('');
    expect(world.versions).toEqual([last]);
  });
});
