import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { bookinfo, makeLive, removeAll, traffic, versions } from './support/bookinfo';
import { check, nothingIsLeft } from './support/checks';
import { deliverOnce } from './support/delivery';
import { kubectl, list } from './support/kubectl';
import { Repository } from './support/repository';

jest.setTimeout(600_000);

const REGISTRY = 'registry.registry.svc.cluster.local:5000';

afterAll(removeAll);

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
