import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duration } from 'cdk8s';
import { parse } from 'yaml';
import { bookinfo, makeLive, traffic, versions } from './support/bookinfo';
import { check, nothingIsLeft } from './support/checks';
import { type Delivery, deliver, deliverOnce, throughGateway } from './support/delivery';
import { kubectl, list } from './support/kubectl';
import { Repository } from './support/repository';

jest.setTimeout(600_000);

const REGISTRY = 'registry.registry.svc.cluster.local:5000';
afterAll(() => Repository.closeAll());

test('the YAML that cdk8s synth wrote brings the next commit to the users: the candidate wins', async () => {
  const namespace = 'bookinfo';
  await bookinfo(namespace);
  await makeLive(namespace, 'reviews-v1', 'v1');
  const source = await Repository.create('reviews');
  const commit = await source.push({ says: 'version 2' });
  const dist = mkdtempSync(join(tmpdir(), 'dist-'));
  execFileSync('npx', ['cdk8s', 'synth', '--output', dist], { env: { ...process.env, CDK8S_CHECK_UPGRADE: 'false' } });
  await kubectl(['apply', '-f', join(dist, 'reviews.k8s.yaml')]);
  const manifest = parse(readFileSync(join(dist, 'reviews-run.k8s.yaml'), 'utf8'));
  rmSync(dist, { recursive: true });

  const params = { repository: source.url, image: `${REGISTRY}/bookinfo/reviews` };
  const outcome = await deliverOnce({ namespace, manifest }, params);

  await check(namespace, outcome, async () => {
    const candidate = `reviews-${commit.slice(0, 7)}`;
    expect(outcome.results).toMatchObject({ verdict: 'winner', winner: candidate });
    expect(outcome.succeeded).toBe(true);
    expect(outcome.results.image).toMatch(new RegExp(`^${REGISTRY}/bookinfo/reviews@sha256:[0-9a-f]{64}$`));
    expect(await versions(namespace)).toEqual([candidate]);
    expect(await traffic(namespace)).toEqual({ [candidate]: 100 });
    const [deployment] = (await list(namespace, 'deployments')).filter(({ metadata }) => metadata.name === candidate);
    expect(deployment.spec.template.spec.containers[0].image).toBe(outcome.results.image);
    expect(Number(outcome.tasks.load.requests)).toBeGreaterThan(100);
    await nothingIsLeft(namespace);
  });
});

test('the candidate loses: the live version keeps the traffic, and the run says why it failed', async () => {
  const namespace = 'reviews-loses';
  await bookinfo(namespace);
  // Without a label by which requests could be routed to it.
  await makeLive(namespace, 'reviews');
  const source = await Repository.create(namespace);
  const commit = await source.push({ says: 'slow', takes: 1 });
  const delivery = await deliver(namespace, source.url, throughGateway(namespace));

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
    expect(await versions(namespace)).toEqual(['reviews']);
    expect(await traffic(namespace)).toEqual({ reviews: 100 });
    await nothingIsLeft(namespace);
  });
});

test('the candidate never becomes ready: the live version is untouched, and the candidate is removed', async () => {
  const namespace = 'reviews-never-ready';
  await bookinfo(namespace);
  await makeLive(namespace, 'reviews-v1', 'v1');
  const [before] = (await list(namespace, 'deployments')).filter(({ metadata }) => metadata.name === 'reviews-v1');
  const source = await Repository.create(namespace);
  await source.push({ says: 'never', neverReady: true });
  const delivery = await deliver(namespace, source.url, { readyDeadline: Duration.seconds(15) });

  const outcome = await deliverOnce(delivery);

  await check(namespace, outcome, async () => {
    expect(outcome.results).toMatchObject({ verdict: 'aborted', winner: 'reviews-v1' });
    expect(outcome.results.reason).toContain('deploy failed: reviews-');
    expect(outcome.results.reason).toContain('its readiness probe fails');
    expect(outcome.succeeded).toBe(false);
    expect(await versions(namespace)).toEqual(['reviews-v1']);
    expect(await traffic(namespace)).toEqual({ 'reviews-v1': 100 });
    const [after] = (await list(namespace, 'deployments')).filter(({ metadata }) => metadata.name === 'reviews-v1');
    expect([after.metadata.uid, after.metadata.generation]).toEqual([before.metadata.uid, before.metadata.generation]);
    await nothingIsLeft(namespace);
  });
});

describe('the first deployment ever', () => {
  const namespace = 'reviews-first';
  let delivery: Delivery;
  let source: Repository;
  let first: string;
  let second: string;

  beforeAll(async () => {
    await bookinfo(namespace);
    source = await Repository.create(namespace);
    first = `reviews-${(await source.push({ says: 'one' })).slice(0, 7)}`;
    delivery = await deliver(namespace, source.url);
  });

  test('needs no experiment', async () => {
    const outcome = await deliverOnce(delivery);

    await check(namespace, outcome, async () => {
      expect(outcome.results).toMatchObject({ verdict: 'winner', winner: first });
      expect(outcome.succeeded).toBe(true);
      expect(await versions(namespace)).toEqual([first]);
      expect(await list(namespace, 'experiments')).toEqual([]);
      await nothingIsLeft(namespace);
    });
  });

  test('and a run right after it promotes the next commit', async () => {
    second = `reviews-${(await source.push({ says: 'two' })).slice(0, 7)}`;

    const outcome = await deliverOnce(delivery);

    await check(namespace, outcome, async () => {
      expect(outcome.results).toMatchObject({ verdict: 'winner', winner: second });
      expect(outcome.tasks.experiment.baseline).toBe(first);
      expect(outcome.succeeded).toBe(true);
      expect(await versions(namespace)).toEqual([second]);
      expect(await traffic(namespace)).toEqual({ [second]: 100 });
      await nothingIsLeft(namespace);
    });
  });

  test('and the same commit again changes nothing', async () => {
    const before = await list(namespace, 'deployments');

    const outcome = await deliverOnce(delivery);

    await check(namespace, outcome, async () => {
      expect(outcome.results).toMatchObject({ verdict: 'winner', winner: second });
      expect(outcome.results.reason).toContain('was live already');
      expect(outcome.succeeded).toBe(true);
      const after = await list(namespace, 'deployments');
      const identity = (all: any[]) => all.map(({ metadata }) => [metadata.uid, metadata.generation]);
      expect(identity(after)).toEqual(identity(before));
      await nothingIsLeft(namespace);
    });
  });
});
