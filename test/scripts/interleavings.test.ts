import { Contest } from '../support/contest';
import { ALL } from '../support/extent';
import { random } from '../support/kubernetes/clock';

jest.setTimeout(900_000);

/** Several runs of a service, one of which may die while it has the service. All that is left open the seed decides. */
async function contend(seed: number, runs: number, deadly: boolean): Promise<string[]> {
  const contest = new Contest();
  await contest.start();
  contest.cluster.clock.shuffle(seed);
  const next = random(seed);
  const mortal = deadly ? Math.floor(next() * runs) : -1;
  const failures = await Promise.all(
    Array.from({ length: runs }, async (_, i) => {
      const times = { BEFORE: String(Math.floor(next() * 12)), HOLDS: String(Math.floor(next() * 12)) };
      const failed = await contest.contend(`run-${i}`, { ...times, DIE: i === mortal ? 'yes' : '' });
      return i === mortal ? '' : failed;
    }),
  );
  const { order } = contest;
  const entered = order.length === runs - (deadly ? 1 : 0) ? [] : [`entered: ${order}`];
  // Who dies last leaves the lease to the next run.
  const dead = contest.cluster.find('PipelineRun', 'team', `run-${mortal}`)?.metadata.uid;
  const leases = contest.cluster.list('Lease', 'team').filter(({ spec }) => spec.holderIdentity !== dead);
  await contest.cluster.stop();
  return [
    ...failures.filter((each) => each !== ''),
    ...entered,
    ...leases.map(({ metadata }) => `lease ${metadata.name}`),
  ];
}

const SEEDS = ALL ? 200 : 5;
/** Most interleavings are of few runs, which find most; the others are dear. */
const COUNTS = [2, 2, 2, 3, 2, 2, 2, 3, 2, 4];

test(`${SEEDS} interleavings of two to ten runs: never two owners, and nobody is left out`, async () => {
  let seed = 0;
  const play = async () => {
    while (seed < SEEDS) {
      seed += 1;
      const own = seed;
      const runs = own % 100 === 0 ? 10 : own % 50 === 0 ? 6 : COUNTS[own % COUNTS.length];
      const failures = await contend(own, runs, own % 4 === 0);
      expect(failures.map((each) => `seed ${own}: ${each}`)).toEqual([]);
    }
  };
  // Each has a cluster and a clock of its own, and waits for programs to start most of the time.
  await Promise.all([play(), play()]);
});
