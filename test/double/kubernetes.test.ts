import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Cluster } from '../support/kubernetes/cluster';

const execute = promisify(execFile);
let cluster: Cluster;

beforeEach(async () => {
  cluster = new Cluster();
  await cluster.start();
  cluster.create({ kind: 'Namespace', metadata: { name: 'team' } });
});

afterEach(async () => {
  await cluster.stop();
});

async function kubectl(...args: string[]): Promise<string> {
  const env = { ...process.env, KUBECONFIG: cluster.kubeconfig };
  return (await execute('kubectl', ['-n', 'team', ...args], { env })).stdout.trim();
}

/** By a file, because kubectl sends some kinds in a form of its own otherwise, which the double does not read. */
async function create(object: object): Promise<string> {
  const file = join(cluster.folder, 'object.json');
  writeFileSync(file, JSON.stringify({ apiVersion: 'v1', ...object }));
  return kubectl('create', '-f', file);
}

async function refusal(...args: string[]): Promise<string> {
  return kubectl(...args).then(
    () => 'nothing was refused',
    (error) => error.stderr.trim().split('\n').pop(),
  );
}

const map = (name: string, more: object = {}) => ({
  kind: 'ConfigMap',
  metadata: { name, namespace: 'team' },
  ...more,
});

const deployment = (name: string, labels: object = { app: name }) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: 'team' },
  spec: {
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [{ name: 'a', image: 'b' }] } },
  },
});

test('objects are created, read, listed by their labels, patched and deleted', async () => {
  await create(map('one', { data: { a: '1' } }));
  cluster.create(map('two', { metadata: { name: 'two', namespace: 'team', labels: { x: 'y' } } }));
  expect(await kubectl('get', 'configmaps', '-o', 'name')).toBe('configmap/one\nconfigmap/two');
  expect(await kubectl('get', 'configmaps', '-l', 'x in (y,z)', '-o', 'name')).toBe('configmap/two');
  await kubectl('patch', 'configmap', 'one', '--type', 'merge', '-p', '{"data":{"b":"2","a":null}}');
  await kubectl('patch', 'configmap', 'one', '--type', 'json', '-p', '[{"op":"add","path":"/data/c","value":"3"}]');
  expect(cluster.find('ConfigMap', 'team', 'one')?.data).toEqual({ b: '2', c: '3' });
  await kubectl('delete', 'configmap', 'one');
  expect(await kubectl('get', 'configmap', 'one', '--ignore-not-found')).toBe('');
});

test('the API refuses as a real one does', async () => {
  cluster.create(map('one'));
  expect(await refusal('get', 'configmap', 'none')).toBe('Error from server (NotFound): configmaps "none" not found');
  await expect(create(map('one'))).rejects.toThrow('(AlreadyExists)');
  await expect(create(map('One'))).rejects.toThrow('is invalid: metadata.name');
  expect(await refusal('get', 'nonsense')).toContain('the server doesn\'t have a resource type "nonsense"');
  const stale = '{"metadata":{"resourceVersion":"1"},"data":{"a":"1"}}';
  expect(await refusal('patch', 'configmap', 'one', '--type', 'merge', '-p', stale)).toContain('(Conflict)');
});

test('apply adds what is new and removes what it wrote before', async () => {
  const apply = async (containers: object[]) => {
    const object = deployment('app');
    object.spec.template.spec.containers = containers as any;
    const child = execute('kubectl', ['apply', '-f', '-'], { env: { ...process.env, KUBECONFIG: cluster.kubeconfig } });
    child.child.stdin?.end(JSON.stringify(object));
    return (await child).stdout.trim();
  };
  expect(await apply([{ name: 'a', image: 'b:1' }])).toBe('deployment.apps/app created');
  cluster.change('Deployment', 'team', 'app', ({ spec }) =>
    spec.template.spec.containers.push({ name: 'injected', image: 'c' }),
  );
  expect(await apply([{ name: 'a', image: 'b:2' }])).toBe('deployment.apps/app configured');
  expect(cluster.find('Deployment', 'team', 'app')?.spec.template.spec.containers).toEqual([
    { name: 'a', image: 'b:2' },
    { name: 'injected', image: 'c' },
  ]);
});

test('a Deployment becomes ready after a while, or never', async () => {
  cluster.deployments.expect('slow', { readyAfter: 5 });
  cluster.deployments.expect('broken', { never: 'ImagePullBackOff' });
  cluster.create(deployment('slow'));
  cluster.create(deployment('broken'));
  expect(cluster.find('Deployment', 'team', 'slow')?.status.availableReplicas).toBeUndefined();
  const rollout = kubectl('rollout', 'status', 'deployment/slow');
  await cluster.until('kubectl watches', 100, () => cluster.requests.some(({ verb }) => verb === 'watch'));
  await cluster.clock.sleep(6);
  await rollout;
  expect(cluster.find('Deployment', 'team', 'slow')?.status.availableReplicas).toBe(1);
  expect(cluster.find('Deployment', 'team', 'broken')?.status.availableReplicas).toBeUndefined();
  const [pod] = cluster.list('Pod', 'team', 'app=broken');
  expect(pod.status.containerStatuses[0].state.waiting.reason).toBe('ImagePullBackOff');
  await kubectl('delete', 'deployment', 'broken');
  expect(cluster.list('Pod', 'team', 'app=broken')).toEqual([]);
});

test('a finalizer keeps an object until it is removed', async () => {
  cluster.create(map('one', { metadata: { name: 'one', namespace: 'team', finalizers: ['example.com/mine'] } }));
  await kubectl('delete', 'configmap', 'one', '--wait=false');
  expect(cluster.find('ConfigMap', 'team', 'one')?.metadata.deletionTimestamp).toBeDefined();
  await kubectl('patch', 'configmap', 'one', '--type', 'merge', '-p', '{"metadata":{"finalizers":null}}');
  expect(cluster.find('ConfigMap', 'team', 'one')).toBeUndefined();
});

test('kubectl waits for changes', async () => {
  cluster.create(deployment('app'));
  const gone = kubectl('wait', '--for=delete', 'deployment/app', '--timeout=20s');
  await cluster.until('kubectl watches', 100, () => cluster.requests.some(({ verb }) => verb === 'watch'));
  cluster.delete('Deployment', 'team', 'app');
  expect(await gone).toContain('condition met');
});

test.each([
  [{ result: 500 as const }, 'a fault of the test'],
  [{ result: 429 as const }, 'a fault of the test'],
  [{ result: 'drop' as const }, 'EOF'],
])('requests go wrong as told: %j', async (fault, message) => {
  cluster.create(map('one'));
  const end = cluster.fault({ ...fault, verb: 'get', resource: 'configmaps' });
  expect(await refusal('get', 'configmap', 'one', '--request-timeout', '2s')).toContain(message);
  end();
  expect(await kubectl('get', 'configmap', 'one', '-o', 'name')).toBe('configmap/one');
});

test('what was asked for is written down', async () => {
  await create(map('one'));
  expect(
    cluster.requests.map(({ verb, resource, namespace, name, status }) => [verb, resource, namespace, name, status]),
  ).toEqual([['create', 'configmaps', 'team', 'one', 201]]);
});
