import { Duration } from 'cdk8s';
import { Context, Criterion, LoadStart, Notification, StopSignal } from '../../lib';
import { apply, bookinfo, makeLive, removeAll, traffic, versions } from './support/bookinfo';
import { check, nothingIsLeft, onlyLive } from './support/checks';
import { deliver, deliverOnce, throughGateway } from './support/delivery';
import { find, list } from './support/kubectl';
import { posts, receiver } from './support/receiver';
import { Repository } from './support/repository';

jest.setTimeout(600_000);

afterAll(removeAll);

/** What stands in the repository in place of these. */
const NO_OPTIONS = { criteria: undefined, interval: undefined, maxIterations: undefined, maxIncrement: undefined };
const template = (networking: object) => ({
  apiVersion: 'iter8.tools/v1alpha2',
  kind: 'Experiment',
  metadata: { name: 'judged-by-the-repository' },
  spec: {
    service: { name: 'reviews' },
    criteria: [{ metric: 'iter8_mean_latency', threshold: { type: 'absolute', value: 300 } }],
    networking,
    trafficControl: { strategy: 'progressive', maxIncrement: 25 },
    duration: { interval: '2s', maxIterations: 14 },
  },
});

test.concurrent('the candidate loses: it goes with all that it brought, and the run says why it failed', async () => {
  const namespace = 'reviews-loses';
  await bookinfo(namespace);
  // Without a label by which requests could be routed to it.
  await makeLive(namespace, 'reviews');
  const config = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { mode: 'a' } });
  await apply(namespace, [config('foreign')]);
  const cache = {
    selector: { matchLabels: { app: 'cache' } },
    template: { metadata: { labels: { app: 'cache' } }, spec: { containers: [{ name: 'cache', image: 'pause' }] } },
  };
  const others = [
    config('foreign'),
    config('of-the-candidate'),
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'cache' }, spec: cache },
  ];
  const source = await Repository.create(namespace);
  const { load, hosts } = throughGateway(namespace);
  const experimentTemplate = 'iter8/experiment.yaml';
  await source.commit('How to judge', { [experimentTemplate]: JSON.stringify(template({ hosts }), undefined, 2) });
  const commit = await source.push({ says: 'slow', takes: 1, others });
  const delivery = await deliver(namespace, source.url, {
    ...NO_OPTIONS,
    experimentTemplate,
    load,
    loadStart: LoadStart.AFTER_EXPERIMENT,
    stopSignal: StopSignal.sharedClaim(),
  });

  const outcome = await deliverOnce(delivery);

  await check(namespace, outcome, async () => {
    expect(outcome.results).toMatchObject({
      verdict: 'baseline',
      winner: 'reviews',
      reason: 'the candidate did not meet the criteria',
    });
    expect(outcome.succeeded).toBe(false);
    expect(outcome.logs.wait).toContain('ERROR: verdict baseline: the candidate did not meet the criteria');
    expect(outcome.results.report).toContain(`candidate  reviews-${commit.slice(0, 7)}`);
    expect(outcome.tasks.experiment.experiment).toMatch(/^judged-by-the-repository-[0-9a-f]{10}$/);
    expect((await find(namespace, 'persistentvolumeclaim', 'experiment-stop-claim')).status.phase).toBe('Bound');
    expect(outcome.logs.load).toMatch(/stopping: the (stop file is there|experiment has ended)/);
    expect(outcome.logs.wait).not.toContain('could not be written');
    expect(outcome.logs.deploy).toMatch(/configmap\/of-the-candidate created\s+deployment.apps\/cache created/);
    const names = async (kind: string) => (await list(namespace, kind)).map(({ metadata }) => metadata.name);
    expect(await names('configmaps')).toEqual(expect.arrayContaining(['foreign']));
    expect(await names('configmaps')).not.toContain('of-the-candidate');
    expect(await names('deployments')).not.toContain('cache');
    expect(await versions(namespace)).toEqual(['reviews']);
    expect(await traffic(namespace)).toEqual({ reviews: 100 });
    await nothingIsLeft(namespace);
  });
});

test.concurrent('the candidate never becomes ready: the live version is untouched, and the candidate is removed', async () => {
  const namespace = 'reviews-never-ready';
  await bookinfo(namespace);
  await makeLive(namespace, 'reviews-v1', 'v1');
  const [before] = (await list(namespace, 'deployments')).filter(({ metadata }) => metadata.name === 'reviews-v1');
  const source = await Repository.create(namespace);
  await source.push({ says: 'never', neverReady: true });
  const delivery = await deliver(namespace, source.url, {
    readyDeadline: Duration.seconds(15),
    loadStart: LoadStart.AFTER_EXPERIMENT,
  });

  const outcome = await deliverOnce(delivery);

  await check(namespace, outcome, async () => {
    expect(outcome.results).toMatchObject({ verdict: 'aborted', winner: 'reviews-v1' });
    expect(outcome.results.reason).toContain('deploy failed: reviews-');
    expect(outcome.results.reason).toContain('its readiness probe fails');
    expect(outcome.succeeded).toBe(false);
    expect(outcome.logs.load).toMatch(/stopping: the run has failed: reviews-\w+ was not ready within 15 seconds/);
    expect(await versions(namespace)).toEqual(['reviews-v1']);
    expect(await traffic(namespace)).toEqual({ 'reviews-v1': 100 });
    const [after] = (await list(namespace, 'deployments')).filter(({ metadata }) => metadata.name === 'reviews-v1');
    expect([after.metadata.uid, after.metadata.generation]).toEqual([before.metadata.uid, before.metadata.generation]);
    await nothingIsLeft(namespace);
  });
});

test.concurrent('the first deployment ever, a run right after it for the next commit, and the same commit again; who wants to is told of them', async () => {
  const namespace = 'reviews-first';
  await bookinfo(namespace);
  const source = await Repository.create(namespace);
  const commit = await source.push({ says: 'one' });
  const first = `reviews-${commit.slice(0, 7)}`;
  await receiver(namespace);
  const link = `https://tekton.example.com/${Context.PIPELINE_RUN_NAME}?a&b`;
  // Its load comes from inside the mesh.
  const delivery = await deliver(namespace, source.url, {
    criteria: [Criterion.errorRate({ below: 0.01 })],
    loadStart: LoadStart.AFTER_BUILD,
    notify: [
      Notification.slack({ secretName: 'missing' }),
      Notification.webhook({ secretName: 'receiver', link }),
      Notification.slack({ secretName: 'receiver', link }),
    ],
  });

  const without = await deliverOnce(delivery);
  await check(namespace, without, async () => {
    expect(without.results).toMatchObject({ verdict: 'winner', winner: first });
    expect(without.succeeded).toBe(true);
    expect(await versions(namespace)).toEqual([first]);
    expect(await list(namespace, 'experiments')).toEqual([]);
    expect(without.logs.load).toContain('stopping: the verdict is winner');
    const { name: run, results, logs } = without;
    expect(logs.notify).toContain('ERROR: nobody can be told: there is no Secret missing with a key url');
    expect(logs['notify-2']).toContain('verdict "winner"');
    const told = await posts(namespace);
    expect(told).toHaveLength(2);
    expect(told).toContainEqual({
      service: 'reviews',
      namespace,
      run,
      verdict: 'winner',
      reason: results.reason,
      commit,
      winner: first,
      image: results.image,
      weights: { [first]: 100 },
      link: `https://tekton.example.com/${run}?a&b`,
    });
    expect(told).toContainEqual({ text: expect.stringContaining(`reviews in ${namespace}: winner\n`) });
    await nothingIsLeft(namespace);
  });

  const second = `reviews-${(await source.push({ says: 'two' })).slice(0, 7)}`;
  const next = await deliverOnce(delivery);
  await check(namespace, next, async () => {
    expect(next.results).toMatchObject({ verdict: 'winner', winner: second });
    expect(next.tasks.experiment.baseline).toBe(first);
    expect(next.logs.load).toMatch(/the experiment is reviews-[\s\S]*stopping: the experiment has ended/);
    expect(Number(next.tasks.load.requests)).toBeGreaterThan(100);
    const told = (await posts(namespace)).slice(0, 2);
    expect(told).toContainEqual(expect.objectContaining({ run: next.name, weights: { [first]: 0, [second]: 100 } }));
    expect(next.succeeded).toBe(true);
    await onlyLive(namespace, second);
  });

  const before = await list(namespace, 'deployments');
  const again = await deliverOnce(delivery);
  await check(namespace, again, async () => {
    expect(again.results).toMatchObject({ verdict: 'winner', winner: second });
    expect(again.results.reason).toContain('was live already');
    expect(again.logs.load).toContain('stopping: the verdict is winner');
    expect(again.succeeded).toBe(true);
    const after = await list(namespace, 'deployments');
    const identity = (all: any[]) => all.map(({ metadata }) => [metadata.uid, metadata.generation]);
    expect(identity(after)).toEqual(identity(before));
    await nothingIsLeft(namespace);
  });
});
