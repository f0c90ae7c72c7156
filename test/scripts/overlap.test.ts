import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Duration } from 'cdk8s';
import { Concurrency } from '../../lib';
import { script } from '../../lib/tasks/script';
import { Cluster } from '../support/kubernetes/cluster';
import { story } from '../support/tekton/pipeline-runner';
import { clockPrograms } from '../support/tekton/task-runner';
import { World } from '../support/world';

jest.setTimeout(900_000);

/** Numbers that look random and are the same for the same seed. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** What a task does that has the service to itself: it makes an object that can be there only once. */
const BODY = `
acquire
[ -z "$DIE" ] || kill -KILL $$
printf '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"owner"},"data":{"run":"%s"}}' "$RUN" >"$scratch/owner.json"
kube create -f "$scratch/owner.json" >/dev/null || fail 'two owners'
pause
kube delete configmap owner >/dev/null
release
`;

/** Several runs of a service at once, one of which may die while it has the service. */
async function contend(seed: number, runs: number, deadly: boolean): Promise<string[]> {
  const cluster = new Cluster(30);
  await cluster.start();
  cluster.create({ kind: 'Namespace', metadata: { name: 'team' } });
  const next = random(seed);
  cluster.latency = () => Math.floor(next() * 40);
  const file = join(cluster.folder, 'contender.sh');
  const text = ['common.sh', 'kubectl.sh', 'lease.sh'].map(script).join('\n');
  writeFileSync(file, `#!/bin/sh\nset -eu\n${text}\n${BODY}`);
  const PATH = `${clockPrograms(cluster)}:${process.env.PATH}`;
  const order: string[] = [];
  cluster.store.on(
    'change',
    ({ type, object }) => type === 'ADDED' && object.kind === 'ConfigMap' && order.push(object.data.run),
  );
  const mortal = deadly ? Math.floor(next() * runs) : -1;
  const contender = async (i: number) => {
    await new Promise((resolve) => setTimeout(resolve, next() * 60));
    const env = {
      PATH,
      HOME: cluster.folder,
      KUBECONFIG: cluster.kubeconfig,
      NAMESPACE: 'team',
      SERVICE: 'reviews',
      RUN: `run-${i}`,
      LEASE_SECONDS: '90',
      POLL_SECONDS: '1',
      API_SECONDS: '60',
      DIE: i === mortal ? 'yes' : '',
    };
    const child = spawn('dash', [file], { env, stdio: ['ignore', 'ignore', 'pipe'] });
    let errors = '';
    child.stderr.on('data', (data) => {
      errors += data;
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    return code === 0 || i === mortal ? '' : `run-${i}: ${errors}`;
  };
  const failures = (await Promise.all(Array.from({ length: runs }, (_, i) => contender(i)))).filter(
    (each) => each !== '',
  );
  const entered = order.length === runs - (deadly ? 1 : 0) ? [] : [`entered: ${order}`];
  // Who dies last leaves the lease to the next run.
  const leases = cluster.list('Lease', 'team').filter(({ spec }) => spec.holderIdentity !== `run-${mortal}`);
  await cluster.stop();
  return [...failures, ...entered, ...leases.map(({ metadata }) => `lease ${metadata.name}`)];
}

const SEEDS = Number(process.env.INTERLEAVINGS ?? 20);

test(`${SEEDS} interleavings of two to four runs: never two owners, and nobody is left out`, async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const failures = await contend(seed, 2 + (seed % 3), seed % 4 === 0);
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
    world = await World.start({ speed: 10, props });
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
