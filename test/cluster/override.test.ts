import { Duration } from 'cdk8s';
import { Cleanup, Criterion, Override } from '../../lib';
import { bookinfo, makeLive, removeAll, traffic } from './support/bookinfo';
import { check, nothingIsLeft, onlyLive } from './support/checks';
import { deliver, throughGateway } from './support/delivery';
import { eventually, find, kubectl, list } from './support/kubectl';
import { Repository } from './support/repository';
import { end, iteration, start } from './support/run';

jest.setTimeout(900_000);

afterAll(removeAll);

/** That one version has all the traffic and runs, and another one has no pods. */
async function liveBeside(namespace: string, version: string, other: string): Promise<void> {
  const replicas = (await list(namespace, 'deployments'))
    .filter(({ metadata }) => metadata.name.startsWith('reviews'))
    .map(({ metadata, spec }) => [metadata.name, spec.replicas]);
  expect(Object.fromEntries(replicas)).toEqual({ [version]: 1, [other]: 0 });
  expect(await traffic(namespace)).toMatchObject({ [version]: 100 });
  await nothingIsLeft(namespace);
}

test.concurrent('an experiment is paused, resumed and rolled back, the next one rolled forward, and without one that is refused; losers keep no pods, and old runs go', async () => {
  const namespace = 'override-reviews';
  await bookinfo(namespace);
  await makeLive(namespace, 'reviews-v1', 'v1');
  const source = await Repository.create(namespace);
  const loser = `reviews-${(await source.push({ says: 'two' })).slice(0, 7)}`;
  const { manifest, overrides } = await deliver(
    namespace,
    source.url,
    {
      criteria: [Criterion.errorRate({ below: 0.01 })],
      interval: Duration.seconds(5),
      maxIterations: 60,
      experimentDeadline: Duration.minutes(6),
      cleanup: Cleanup.SCALE_TO_ZERO,
      historyLimit: 1,
      ...throughGateway(namespace),
    },
    undefined,
    Object.values(Override),
  );
  const act = async (action: Override) => end(namespace, await start(overrides?.[action], {}));

  const refused = await act(Override.ROLLBACK);
  await check(namespace, refused, () => {
    expect(refused.succeeded).toBe(false);
    expect(refused.tasks.rollback.reason).toMatch(
      /^no experiment of service reviews in .* is in progress, so there is/,
    );
  });

  const first = await start(manifest, {});
  const experiment = await iteration(namespace, 1);
  const phase = async () => (await find(namespace, 'experiment', experiment)).status.phase;
  for (const [action, expected] of [
    [Override.PAUSE, 'Pause'],
    [Override.RESUME, 'Progressing'],
  ] as const) {
    const done = await act(action);
    await check(namespace, done, async () => {
      expect([action, done.succeeded, await phase()]).toEqual([action, true, expected]);
    });
  }
  const back = await act(Override.ROLLBACK);
  await check(namespace, back, async () => {
    const told = { verdict: 'aborted', winner: 'reviews-v1', reason: 'a person ended the experiment' };
    expect(back).toMatchObject({ succeeded: true, results: told });
    expect(await traffic(namespace)).toMatchObject({ 'reviews-v1': 100 });
    expect(await end(namespace, first)).toMatchObject({ succeeded: false, results: told });
    await liveBeside(namespace, 'reviews-v1', loser);
  });

  await kubectl(['-n', namespace, 'delete', 'deployment', loser]);
  const winner = `reviews-${(await source.push({ says: 'three' })).slice(0, 7)}`;
  const second = await start(manifest, {});
  await iteration(namespace, 1);
  const forward = await act(Override.ROLLFORWARD);
  await check(namespace, forward, async () => {
    expect(forward).toMatchObject({ succeeded: true, results: { verdict: 'winner', winner } });
    expect(await end(namespace, second)).toMatchObject({ succeeded: true, results: { verdict: 'winner', winner } });
    await liveBeside(namespace, winner, 'reviews-v1');
    // Housekeeping: the first run, and its experiment, whose candidate a person has deleted.
    expect(await find(namespace, 'pipelinerun', first)).toBeUndefined();
    expect((await list(namespace, 'experiments')).map(({ spec }) => spec.service.candidates)).toEqual([[winner]]);
  });
});

test.concurrent('a candidate that met the criteria goes live when a person rolls it forward', async () => {
  const namespace = 'override-gate';
  await bookinfo(namespace);
  await makeLive(namespace, 'reviews-v1', 'v1');
  const source = await Repository.create(namespace);
  const winner = `reviews-${(await source.push({ says: 'two' })).slice(0, 7)}`;
  const { manifest, overrides } = await deliver(
    namespace,
    source.url,
    {
      criteria: [Criterion.errorRate({ below: 0.01 })],
      approvalDeadline: Duration.minutes(5),
      ...throughGateway(namespace),
    },
    undefined,
    [Override.ROLLFORWARD],
  );
  const run = await start(manifest, {});
  await eventually('the run waits for a person', namespace, 240, async () => {
    const lease = await find(namespace, 'lease', 'cdk8s-iter8-reviews');
    return lease?.metadata.annotations['cdk8s-iter8/gate'];
  });
  expect(await traffic(namespace)).toEqual({ 'reviews-v1': 100, [winner]: 0 });
  const forward = await end(namespace, await start(overrides?.[Override.ROLLFORWARD], {}));
  await check(namespace, forward, async () => {
    const reason = 'the candidate met the criteria, and a person rolled it forward';
    expect(forward).toMatchObject({ succeeded: true, results: { verdict: 'winner', winner, reason } });
    expect(await end(namespace, run)).toMatchObject({
      succeeded: true,
      results: { verdict: 'winner', winner, reason },
    });
    await onlyLive(namespace, winner);
  });
});
