import { Duration } from 'cdk8s';
import { Criterion, type Iter8PipelineProps } from '../../lib';
import { bookinfo, makeLive, removeAll, versions } from './support/bookinfo';
import { check, onlyLive } from './support/checks';
import { type Delivery, deliver, deliverOnce, throughGateway } from './support/delivery';
import { eventually, find, kubectl, list } from './support/kubectl';
import { Repository, type Version } from './support/repository';
import { end, iteration, type Outcome, patch, start, taskRuns } from './support/run';

jest.setTimeout(1_500_000);

afterAll(removeAll);

interface Story {
  readonly source: Repository;
  readonly delivery: Delivery;
  readonly candidate: string;
}

/** Version 1 live, the next version in the repository, and a pipeline. */
async function begin(
  namespace: string,
  version: Version,
  props: Partial<Iter8PipelineProps> = {},
  change?: (manifest: any) => void,
): Promise<Story> {
  await bookinfo(namespace);
  await makeLive(namespace, 'reviews-v1', 'v1');
  const source = await Repository.create(namespace);
  const commit = await source.push(version);
  const delivery = await deliver(namespace, source.url, { ...QUICK, ...throughGateway(namespace), ...props }, change);
  return { source, delivery, candidate: `reviews-${commit.slice(0, 7)}` };
}

/** The same manifest with other timeouts. */
const within = ({ manifest, ...rest }: Delivery, timeouts: Record<string, string>): Delivery => ({
  ...rest,
  manifest: { ...manifest, spec: { ...manifest.spec, timeouts } },
});

/** Latencies say little while several runs share the machine, and so does a single error among few requests. */
const QUICK = { criteria: [Criterion.errorRate({ below: 0.1 })] };

/** An experiment that lasts until something happens. */
const LONG = {
  interval: Duration.seconds(10),
  maxIterations: 30,
  experimentDeadline: Duration.minutes(6),
};

test.concurrent('the candidate crashes again and again', async () => {
  const namespace = 'faults-crash';
  const { delivery, candidate } = await begin(
    namespace,
    { says: 'crash', crashes: true },
    { readyDeadline: Duration.seconds(40) },
  );
  const outcome = await deliverOnce(delivery);
  await check(namespace, outcome, async () => {
    expect(outcome.results).toMatchObject({ verdict: 'aborted', winner: 'reviews-v1' });
    expect(outcome.results.reason).toContain(`deploy failed: ${candidate}`);
    // It goes to and fro between the two, and the last one is told.
    expect(outcome.results.reason).toMatch(/CrashLoopBackOff|ended with status 3/);
    expect(outcome.logs.deploy).toContain('CrashLoopBackOff');
    expect(outcome.succeeded).toBe(false);
    await onlyLive(namespace, 'reviews-v1');
  });
});

test.concurrent('the candidate becomes ready after a minute: iter8 pauses, and is asked to go on', async () => {
  const namespace = 'faults-late';
  const { delivery, candidate } = await begin(
    namespace,
    { says: 'late', readyAfter: 60 },
    { readyDeadline: Duration.seconds(180), experimentDeadline: Duration.seconds(300) },
  );
  const outcome = await deliverOnce(delivery, {}, 480);
  await check(namespace, outcome, async () => {
    expect(outcome.logs.wait).toContain('resuming the experiment');
    expect(outcome.results).toMatchObject({ verdict: 'winner', winner: candidate });
    await onlyLive(namespace, candidate);
  });
});

test.concurrent('the pod of each task is killed once in the middle, and the task retried', async () => {
  const namespace = 'faults-killed';
  // The requests that were under way when the load's pod was killed count as failed; in the iterations that are left the
  // load is sent anew.
  const props = {
    criteria: [Criterion.meanLatency({ belowMillis: 10_000 })],
    interval: Duration.seconds(4),
    maxIterations: 20,
    experimentDeadline: Duration.minutes(5),
  };
  const { delivery, candidate } = await begin(namespace, { says: 'killed' }, props, ({ kind, spec }) => {
    if (kind === 'Pipeline') {
      for (const task of [...spec.tasks, ...spec.finally]) {
        task.retries = 2;
      }
    }
  });
  const name = await start(delivery.manifest, {});
  const killed: Record<string, string> = {};
  await eventually('every task lost a pod', namespace, 420, async () => {
    for (const pod of await list(namespace, 'pods', `tekton.dev/pipelineRun=${name}`)) {
      const task = pod.metadata.labels['tekton.dev/pipelineTask'];
      if (pod.status.phase === 'Running' && !killed[task]) {
        killed[task] = pod.metadata.name;
        await kubectl(['-n', namespace, 'delete', 'pod', pod.metadata.name, '--grace-period=0', '--force']);
      }
    }
    return Object.keys(killed).length === 6 || (await find(namespace, 'pipelinerun', name)).status?.completionTime
      ? true
      : undefined;
  });
  const outcome = await end(namespace, name, 480);
  await check(namespace, outcome, async () => {
    expect(Object.keys(killed).sort()).toEqual(['build', 'deploy', 'experiment', 'finish', 'load', 'wait']);
    expect(outcome.results).toMatchObject({ verdict: 'winner', winner: candidate });
    expect(outcome.succeeded).toBe(true);
    await onlyLive(namespace, candidate);
  });
});

test.concurrent('a person deletes the experiment', async () => {
  const namespace = 'faults-deleted';
  const { delivery } = await begin(namespace, { says: 'deleted' }, LONG);
  const name = await start(delivery.manifest, {});
  const experiment = await iteration(namespace, 1);
  await kubectl(['-n', namespace, 'delete', 'experiment', experiment]);
  const outcome = await end(namespace, name);
  await check(namespace, outcome, async () => {
    expect(outcome.results).toMatchObject({ verdict: 'aborted', winner: 'reviews-v1' });
    expect(outcome.results.reason).toContain('was deleted before its end');
    await onlyLive(namespace, 'reviews-v1');
  });
});

test.concurrent('a run is cancelled with its finally, stopped with it, and cancelled without it', async () => {
  const namespace = 'faults-cancelled';
  const { source, delivery } = await begin(namespace, { says: 'cancelled' }, LONG);

  const cancelled = await start(delivery.manifest, {});
  await iteration(namespace, 1);
  await patch(namespace, 'pipelinerun', cancelled, { spec: { status: 'CancelledRunFinally' } });
  const first = await end(namespace, cancelled);
  await check(namespace, first, async () => {
    expect(first.results).toMatchObject({ verdict: 'aborted', winner: 'reviews-v1' });
    expect(first.results.reason).toMatch(/^the run was cancelled, or took too long/);
    await onlyLive(namespace, 'reviews-v1');
  });

  const stopped = await start(delivery.manifest, {});
  await eventually('the experiment task runs', namespace, 120, async () =>
    (await taskRuns(namespace, stopped)).experiment?.status?.podName ? true : undefined,
  );
  await patch(namespace, 'pipelinerun', stopped, { spec: { status: 'StoppedRunFinally' } });
  const second = await end(namespace, stopped);
  await check(namespace, second, async () => {
    expect(second.tasks.deploy).toBeUndefined();
    expect(second.results).toMatchObject({ verdict: 'aborted', winner: 'reviews-v1' });
    await onlyLive(namespace, 'reviews-v1');
  });

  const lost = await start(delivery.manifest, {});
  await iteration(namespace, 1);
  await patch(namespace, 'pipelinerun', lost, { spec: { status: 'Cancelled' } });
  const third = await end(namespace, lost);
  await check(namespace, third, async () => {
    expect(third.tasks.finish).toBeUndefined();
    expect((await versions(namespace)).length).toBe(2);
  });

  const next = `reviews-${(await source.push({ says: 'next' })).slice(0, 7)}`;
  const quick = await deliver(namespace, source.url, { ...QUICK, ...throughGateway(namespace) });
  const fourth = await deliverOnce(quick);
  await check(namespace, fourth, async () => {
    expect(fourth.logs.experiment).toMatch(
      new RegExp(`run .*${lost}.* has not finished its work on reviews; doing that first`),
    );
    expect(fourth.results).toMatchObject({ verdict: 'winner', winner: next });
    await onlyLive(namespace, next);
  });
});

test.concurrent('a run takes too long, with time for its finally and without', async () => {
  const namespace = 'faults-timeout';
  const { source, delivery } = await begin(namespace, { says: 'too long' }, LONG);

  const first = await deliverOnce(within(delivery, { pipeline: '5m', tasks: '75s', finally: '3m' }));
  await check(namespace, first, async () => {
    expect(first.results).toMatchObject({ verdict: 'aborted', winner: 'reviews-v1' });
    expect(first.results.reason).toMatch(/^the run was cancelled, or took too long/);
    await onlyLive(namespace, 'reviews-v1');
  });

  const second = await deliverOnce(within(delivery, { pipeline: '50s', tasks: '49s' }));
  await check(namespace, second, async () => {
    expect(second.succeeded).toBe(false);
    expect(await versions(namespace)).toContain('reviews-v1');
  });

  const next = `reviews-${(await source.push({ says: 'next' })).slice(0, 7)}`;
  const third = await deliverOnce(await deliver(namespace, source.url, { ...QUICK, ...throughGateway(namespace) }));
  await check(namespace, third, async () => {
    expect(third.results).toMatchObject({ verdict: 'winner', winner: next });
    await onlyLive(namespace, next);
  });
});

test.concurrent('five runs that are started at once go one after another, each with a fresh baseline', async () => {
  const namespace = 'faults-five';
  const { source, delivery } = await begin(namespace, { says: 'zero' });
  const candidates: Record<string, string> = {};
  for (const says of ['one', 'two', 'three', 'four', 'five']) {
    const revision = await source.push({ says });
    candidates[await start(delivery.manifest, { revision })] = `reviews-${revision.slice(0, 7)}`;
  }
  const outcomes: Outcome[] = [];
  for (const name of Object.keys(candidates)) {
    outcomes.push(await end(namespace, name, 800));
  }
  const all = (await list(namespace, 'experiments')).sort((a, b) =>
    a.metadata.creationTimestamp.localeCompare(b.metadata.creationTimestamp),
  );
  const last = all[all.length - 1].spec.service.candidates[0];
  await check(namespace, outcomes[0], async () => {
    for (const { name, results } of outcomes) {
      expect([name, results.verdict, results.winner]).toEqual([name, 'winner', candidates[name]]);
    }
    let live = 'reviews-v1';
    let free = '';
    for (const { metadata, spec, status } of all) {
      expect(spec.service.baseline).toBe(live);
      expect(metadata.creationTimestamp >= free).toBe(true);
      live = spec.service.candidates[0];
      free = status.endTimestamp;
    }
    expect(all.length).toBe(5);
    await onlyLive(namespace, last);
  });
});
