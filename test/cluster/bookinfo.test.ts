import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Chart } from 'cdk8s';
import { parse, parseAllDocuments } from 'yaml';
import { DeployApplicationTask, Pipeline, PipelineRun, TaskServiceAccount } from '../../lib';
import { apply, ready, removeAll, traffic, use, versions } from './support/bookinfo';
import { check, nothingIsLeft } from './support/checks';
import { deliverOnce } from './support/delivery';
import { eventually, kubectl, list } from './support/kubectl';
import { Repository, reviews } from './support/repository';

jest.setTimeout(600_000);

const REGISTRY = 'registry.registry.svc.cluster.local:5000';
const namespace = 'bookinfo';
const dist = mkdtempSync(join(tmpdir(), 'dist-'));

beforeAll(async () => {
  execFileSync('npx', ['cdk8s', 'synth', '--output', dist], { env: { ...process.env, CDK8S_CHECK_UPGRADE: 'false' } });
  await use(namespace);
  await kubectl(['apply', '-f', join(dist, 'bookinfo.k8s.yaml')]);
  for (const name of ['details-v1', 'ratings-v1', 'reviews-v1', 'productpage-v1']) {
    await ready(namespace, name);
  }
});

afterAll(async () => {
  rmSync(dist, { recursive: true });
  await removeAll();
});

/** What users see, once that is so. */
async function page(status: number, text: string, host = 'bookinfo.example.com'): Promise<void> {
  const gateway = await kubectl(
    'get service istio-ingressgateway -n istio-system -o jsonpath={.spec.clusterIP}'.split(' '),
  );
  const url = `http://${gateway}/productpage`;
  await eventually(`${host} answers ${status}: ${text}`, namespace, 60, async () => {
    const answer = execFileSync('curl', ['-s', '-H', `Host: ${host}`, '-w', '%{http_code}', url], {
      encoding: 'utf8',
    });
    return answer.trim() === `${text}\n${status}` ? true : undefined;
  });
}

test('an application is deployed from a repository, with its host filled in', async () => {
  const chart = new Chart(new App(), 'application', { namespace });
  const task = new DeployApplicationTask(chart, 'deploy-application');
  const account = new TaskServiceAccount(chart, 'account', { apiCalls: DeployApplicationTask.API_CALLS });
  const source = await Repository.create('application');
  const pipeline = new Pipeline(chart, 'application');
  const path = pipeline.addParam('path', { defaultValue: 'application' });
  const applied = task.addTo(pipeline, {
    repository: source.url,
    manifests: path.ref,
    namespace,
    host: 'books.example.com',
    serviceAccountName: account.name,
  });
  pipeline.addResult('applied', { value: applied.applied });
  new PipelineRun(chart, 'run', { pipeline });
  const all = parseAllDocuments(readFileSync(join(dist, 'bookinfo.k8s.yaml'), 'utf8')).map((each) => each.toJS());
  const own = JSON.stringify(all.filter(({ kind, metadata }) => kind !== 'Namespace' && metadata.name !== 'reviews-v1'))
    .replaceAll('bookinfo.example.com', '@host@')
    .replaceAll('"bookinfo-gateway"', '"books-gateway"')
    .replaceAll('"name":"bookinfo"', '"name":"books"');
  await source.commit('Add the application', {
    'application/all.json': JSON.stringify({ apiVersion: 'v1', kind: 'List', items: JSON.parse(own) }),
    'with-namespace/all.yaml': readFileSync(join(dist, 'bookinfo.k8s.yaml'), 'utf8'),
  });
  const manifests = chart.toJson();
  const manifest = manifests.find(({ kind }) => kind === 'PipelineRun');
  await apply(
    namespace,
    manifests.filter((each) => each !== manifest),
  );

  const [good, bad] = await Promise.all([
    deliverOnce({ namespace, manifest }),
    deliverOnce({ namespace, manifest }, { path: 'with-namespace' }),
  ]);

  await check(namespace, good, async () => {
    expect(good.succeeded).toBe(true);
    expect(good.results.applied.split(' ')).toContain('gateway.networking.istio.io/books-gateway');
    await page(200, 'a comedy of errors: version 1', 'books.example.com');
  });
  await check(namespace, bad, () => {
    expect(bad.logs['deploy-application']).toContain(
      'ERROR: with-namespace has what is not in namespace bookinfo: Namespace/bookinfo ; nothing was changed',
    );
  });
});

test('the YAML that cdk8s synth wrote brings the next commit of reviews to the users of bookinfo', async () => {
  await page(200, 'a comedy of errors: version 1');
  const source = await Repository.create('reviews');
  const commit = await source.commit('Show ratings', {
    Dockerfile: `FROM ${REGISTRY}/istio/examples-bookinfo-reviews-v2:1.20.3\nENV SAYS="version 2"\n`,
    'kustomize/kustomization.yaml': 'resources: [deployment.yaml]\n',
    'kustomize/deployment.yaml': JSON.stringify(reviews('reviews', 'reviews')),
  });
  await kubectl(['apply', '-f', join(dist, 'reviews.k8s.yaml')]);
  const manifest = parse(readFileSync(join(dist, 'reviews-run.k8s.yaml'), 'utf8'));

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
    expect(outcome.tasks.load.errors).toBe('0');
    await nothingIsLeft(namespace);
    await page(200, 'a comedy of errors: version 2, five stars');
  });
  // The namespace is in the mesh; the tasks are not.
  const pods = await list(namespace, 'pods');
  const inMesh = ({ spec }: any) => (spec.initContainers ?? []).some(({ name }: any) => name === 'istio-proxy');
  const tasks = pods.filter(({ metadata }) => 'tekton.dev/task' in metadata.labels);
  expect(tasks.filter(inMesh).map(({ metadata }) => metadata.name)).toEqual([]);
  expect(tasks.length).toBeGreaterThanOrEqual(6);
  expect(pods.filter(({ metadata }) => metadata.labels.app === 'productpage').map(inMesh)).toEqual([true]);

  await kubectl(['-n', namespace, 'scale', 'deployment/ratings-v1', '--replicas=0']);
  await page(502, 'no details, or no reviews');
});
