import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Duration } from 'cdk8s';
import { Criterion } from '../../lib';
import { bookinfo, makeLive, removeAll, traffic, versions } from './support/bookinfo';
import { check, onlyLive } from './support/checks';
import { type Delivery, deliver, throughGateway } from './support/delivery';
import { eventually, find, kubectl, list } from './support/kubectl';
import { Repository } from './support/repository';
import { end, iteration, start, taskRuns } from './support/run';

jest.setTimeout(600_000);

/** Only on a cluster of this machine can what pods send be rejected without harm to others. */
const here = existsSync(join(__dirname, '../../../shared/cluster/up')) ? test : test.skip;

/** Rejects what pods, or all programs of the node, send to a port of the node. */
class Outage {
  private static readonly all = new Set<Outage>();
  private readonly rule: string[];

  private constructor(port: number, from: string[]) {
    this.rule = [...from, '-p', 'tcp', '--dport', String(port), '-j', 'REJECT', '--reject-with', 'tcp-reset'];
    Outage.all.add(this);
    execFileSync('iptables', ['-I', 'INPUT', '1', ...this.rule]);
  }

  public static ofPods(port: number): Outage {
    return new Outage(port, ['-s', '10.41.0.0/16']);
  }

  public static ofNode(port: number): Outage {
    return new Outage(port, []);
  }

  public static endAll(): void {
    for (const each of Outage.all) {
      each.end();
    }
  }

  public end(): void {
    if (Outage.all.delete(this)) {
      execFileSync('iptables', ['-D', 'INPUT', ...this.rule]);
    }
  }
}

afterEach(() => Outage.endAll());
afterAll(removeAll);

let delivery: Delivery;
let candidate: string;
let namespace: string;

async function begin(name: string, props = {}): Promise<string> {
  namespace = name;
  await bookinfo(namespace);
  await makeLive(namespace, 'reviews-v1', 'v1');
  const source = await Repository.create(namespace);
  candidate = `reviews-${(await source.push({ says: 'two' })).slice(0, 7)}`;
  delivery = await deliver(namespace, source.url, {
    criteria: [Criterion.errorRate({ below: 0.01 })],
    ...throughGateway(namespace),
    ...props,
  });
  return start(delivery.manifest, {});
}

/** Waits until a task of a run is at work. */
async function working(run: string, task: string): Promise<void> {
  await eventually(`${task} is at work`, namespace, 120, async () => {
    const pod = (await taskRuns(namespace, run))[task]?.status?.podName;
    const status = pod && (await find(namespace, 'pod', pod))?.status;
    return status?.phase === 'Running' ? true : undefined;
  });
}

const seconds = (n: number) => new Promise((resolve) => setTimeout(resolve, n * 1000));

here('the API server refuses all connections of pods for 30 seconds during each of the tasks', async () => {
  const run = await begin('outages-api', {
    interval: Duration.seconds(4),
    maxIterations: 15,
    experimentDeadline: Duration.minutes(5),
    criteria: [Criterion.errorRate({ below: 0.1 })],
  });
  for (const task of ['experiment', 'deploy', 'wait', 'finish']) {
    await working(run, task);
    if (task === 'wait') {
      // Nobody wins without requests: the load pauses meanwhile, and what counts them has to have seen the candidate's pod.
      await eventually(
        'the candidate gets more',
        namespace,
        120,
        async () => (await traffic(namespace))[candidate] > 25 || undefined,
      );
    }
    const outage = Outage.ofPods(6443);
    await seconds(30);
    outage.end();
  }
  const outcome = await end(namespace, run, 300);
  await check(namespace, outcome, async () => {
    expect(outcome.results).toMatchObject({ verdict: 'winner', winner: candidate });
    expect(outcome.succeeded).toBe(true);
    await onlyLive(namespace, candidate);
  });
});

test("iter8's controller is restarted between two iterations, and goes on only when it is asked to", async () => {
  const run = await begin('outages-controller', { interval: Duration.seconds(5), maxIterations: 6 });
  await iteration(namespace, 2);
  const [pod] = await list('iter8', 'pods', 'app=iter8-controller');
  await kubectl(['-n', 'iter8', 'delete', 'pod', pod.metadata.name]);
  const outcome = await end(namespace, run, 300);
  await check(namespace, outcome, async () => {
    expect(outcome.results).toMatchObject({ verdict: 'winner', winner: candidate });
    await onlyLive(namespace, candidate);
  });
});

here('the registry is down when the image is pushed', async () => {
  const run = await begin('outages-push');
  await working(run, 'build');
  const outage = Outage.ofPods(5000);
  const outcome = await end(namespace, run, 300);
  outage.end();
  await check(namespace, outcome, async () => {
    expect(outcome.results).toMatchObject({ verdict: 'aborted', reason: expect.stringContaining('build failed') });
    expect(outcome.succeeded).toBe(false);
    expect(await versions(namespace)).toEqual(['reviews-v1']);
    expect(await list(namespace, 'leases')).toEqual([]);
  });
});

here("the registry is down when the candidate's image is pulled", async () => {
  const run = await begin('outages-pull', { readyDeadline: Duration.seconds(30) });
  await working(run, 'deploy');
  const outage = Outage.ofNode(5000);
  // Pods of tasks have images too.
  await eventually(
    'deploy ends',
    namespace,
    120,
    async () => (await taskRuns(namespace, run)).deploy?.status?.completionTime,
  );
  outage.end();
  const outcome = await end(namespace, run, 300);
  await check(namespace, outcome, async () => {
    expect(outcome.results).toMatchObject({ verdict: 'aborted', winner: 'reviews-v1' });
    expect(outcome.results.reason).toMatch(/deploy failed: .*(ErrImagePull|ImagePullBackOff)/);
    await onlyLive(namespace, 'reviews-v1');
  });
});
