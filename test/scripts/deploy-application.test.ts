import { longTest } from '../support/extent';
import type { TaskOutcome } from '../support/tekton/task-runner';
import { World } from '../support/world';

jest.setTimeout(240_000);
let world: World;

beforeEach(async () => {
  world = await World.start();
});

afterEach(async () => {
  await world.stop();
});

const object = (kind: string, name: string, more: object = {}, apiVersion = 'v1', metadata: object = {}) =>
  JSON.stringify({ apiVersion, kind, metadata: { name, ...metadata }, ...more });

const deployment = (name: string, image: string) => {
  const labels = { app: name };
  const containers = [{ name, image }];
  return object(
    'Deployment',
    name,
    { spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } } },
    'apps/v1',
  );
};

const gateway = object(
  'Gateway',
  'bookinfo',
  { spec: { servers: [{ hosts: ['@host@', 'api.@host@'] }] } },
  'networking.istio.io/v1beta1',
  { annotations: { '@host@': 'https://@host@/ "@namespace@": "@host@"' } },
);

const FILES = {
  'details.yaml': deployment('details', 'details:1'),
  'service.yaml': object('Service', 'details', { spec: { selector: { app: 'details' }, ports: [{ port: 9080 }] } }),
  'gateway.yaml': gateway,
  'README.md': 'no manifest',
};

/** Applies a commit with these files. */
function apply(
  files: Record<string, string>,
  params: Record<string, string> = {},
  environment: Record<string, string> = {},
): Promise<TaskOutcome> {
  const all = Object.entries(files).map(([path, text]) => [`app/${path}`, text]);
  world.git.commit(Object.fromEntries(all));
  const given = { revision: '', path: 'app', namespace: world.namespace, host: 'book.example.com', ...params };
  return world.task('deploy-application', given, { API_SECONDS: '15', ...environment });
}

const lastLine = ({ log }: TaskOutcome) => log.trim().split('\n').pop() ?? '';
const find = (kind: string, name: string) => world.cluster.find(kind, world.namespace, name);
const writes = () =>
  world.cluster.requests.filter(({ verb }) => ['create', 'patch', 'update', 'delete'].includes(verb));
const all = () =>
  JSON.stringify(
    ['Deployment', 'Service', 'Gateway', 'ConfigMap', 'Namespace'].map((kind) => world.cluster.list(kind, '')),
  );

/** The task fails, says this, and has changed nothing. */
async function refuses(
  message: string,
  files: Record<string, string> = FILES,
  params: Record<string, string> = {},
): Promise<void> {
  const before = all();
  const outcome = await apply(files, params);
  expect([outcome.status, lastLine(outcome)]).toEqual(['Failed', expect.stringContaining(`ERROR: ${message}`)]);
  expect(outcome.results.applied).toBe('');
  expect(all()).toBe(before);
}

longTest('an application is applied with its host, and waited for', async () => {
  world.cluster.deployments.expect('details', { readyAfter: 20 });
  const commit = world.git.commit(FILES);
  const { status, results, log } = await apply(FILES);
  expect([status, results.commit.length]).toEqual(['Succeeded', commit.length]);
  expect(results.applied.split(' ').sort()).toEqual([
    'deployment.apps/details',
    'gateway.networking.istio.io/bookinfo',
    'service/details',
  ]);
  expect(log).toContain('details is ready');
  expect(world.available('details')).toBe(true);
  const made = find('Gateway', 'bookinfo');
  expect(made?.spec.servers[0].hosts).toEqual(['book.example.com', 'api.book.example.com']);
  // Keys stay as they are, and a text stays one text.
  expect(made?.metadata.annotations['@host@']).toBe('https://book.example.com/ "team": "book.example.com"');
});

longTest('a second run changes what the manifests change, and deletes nothing', async () => {
  const more = {
    'more.yaml': [
      object('ServiceAccount', 'details'),
      object('ConfigMap', 'details', { data: { mode: '1' } }),
      object('DestinationRule', 'book', { spec: { host: 'details' } }, 'networking.istio.io/v1beta1'),
    ].join('\n'),
    'route.yaml': object('VirtualService', 'old', { spec: { hosts: ['@host@'] } }, 'networking.istio.io/v1beta1'),
    'new-route.yaml': object('VirtualService', 'new', { spec: { hosts: ['b'] } }, 'networking.istio.io/v1beta1'),
  };
  world.cluster.deployments.expect('details', { readyAfter: 5 });
  expect((await apply({ ...FILES, ...more })).status).toBe('Succeeded');
  const { 'route.yaml': _, ...next } = Object.fromEntries(
    Object.entries({ ...FILES, ...more }).map(([path, text]) => [
      path,
      text.replace('details:1', 'details:2').replaceAll('"metadata":{', '"metadata":{"labels":{"changed":"yes"},'),
    ]),
  );

  const { status, log } = await apply(next);

  expect(status).toBe('Succeeded');
  expect(log).toContain('deployment.apps/details configured');
  expect(find('Deployment', 'details')?.spec.template.spec.containers[0].image).toBe('details:2');
  // What is taken out of the manifests stays.
  expect(find('VirtualService', 'old')?.spec.hosts).toEqual(['book.example.com']);
  expect(writes().filter(({ verb }) => verb === 'delete')).toEqual([]);
});

longTest.each([
  ['a file', FILES, { path: 'app/details.yaml' }, ['details']],
  [
    'a file that is a List',
    { 'a.json': `{"apiVersion":"v1","kind":"List","items":[${FILES['details.yaml']}]}` },
    {},
    ['details'],
  ],
  [
    'a kustomization',
    { 'kustomization.yaml': 'resources: [details.yaml]\nnamePrefix: my-\n', 'details.yaml': FILES['details.yaml'] },
    {},
    ['my-details'],
  ],
  [
    'a link inside of the repository',
    { 'a/real.yaml': FILES['details.yaml'], 'b/x.yaml': '->../a/real.yaml' },
    { path: 'app/b' },
    ['details'],
  ],
])('%s is applied', async (_, files, params, names) => {
  expect((await apply(files, params)).status).toBe('Succeeded');
  const made = world.cluster.list('Deployment', world.namespace).map(({ metadata }) => metadata.name);
  expect(made.sort()).toEqual([...names, 'reviews-v1'].sort());
});

longTest('without a placeholder no host is needed', async () => {
  const { status, results } = await apply({ 'service.yaml': FILES['service.yaml'] }, { host: '' });
  expect([status, results.applied]).toEqual(['Succeeded', 'service/details']);
});

test.each<[string, string, Record<string, string>, Record<string, string>?]>([
  ['a host that is missing', 'app has @host@, and param host is empty', FILES, { host: '' }],
  ['a path that is missing', "param path is 'other', which commit", FILES, { path: 'other' }],
  ['a folder without manifests', "kubectl can't read app at commit", { 'README.md': 'x' }],
  ['what is no manifest', "kubectl can't read app at commit", { 'a.yaml': 'a: [' }],
  [
    'what kustomize refuses',
    'kubectl kustomize refuses app at commit',
    { 'kustomization.yaml': 'resources: [x.yaml]\n' },
  ],
  [
    'an object in another namespace',
    'app has what is not in namespace team: Service/b ; nothing was changed',
    { ...FILES, 'b.yaml': object('Service', 'b', {}, 'v1', { namespace: 'other' }) },
  ],
  [
    'an object in no namespace',
    'app has what is not in namespace team: Namespace/b ; nothing was changed',
    { ...FILES, 'b.yaml': object('Namespace', 'b') },
  ],
  [
    'an object in no namespace that names one',
    'app has what is not in namespace team: Namespace/b ; nothing was changed',
    { ...FILES, 'b.yaml': object('Namespace', 'b', {}, 'v1', { namespace: 'team' }) },
  ],
  [
    'a kind that the cluster does not know',
    'the API server does not know this kind of object',
    { ...FILES, 'b.yaml': object('Route', 'b') },
  ],
  [
    'a file that is a link',
    "param path is 'app', in which a link leads out of the repository, to /etc/hostname",
    { 'a.yaml': '->/etc/hostname' },
  ],
  [
    'a path that is a link',
    "param path is 'app/x', in which a link leads out of the repository, to /etc",
    { x: '->/etc' },
    { path: 'app/x' },
  ],
  ['what the API server refuses', 'this is refused: ', { ...FILES, 'z.yaml': object('Service', 'Z_') }],
])('%s is refused, and nothing is applied', async (_, message, ...[files, params]) => {
  await refuses(message, files, params);
});

test('a Deployment that does not become ready fails, with what was applied', async () => {
  world.cluster.deployments.expect('details', { never: 'CreateContainerConfigError' });
  const outcome = await apply(FILES, { 'ready-deadline': '10' });
  expect([outcome.status, lastLine(outcome)]).toEqual([
    'Failed',
    expect.stringMatching(/^ERROR: Deployment details was not ready within 10 seconds: .*CreateContainerConfigError/),
  ]);
  expect(outcome.results.applied).toContain('deployment.apps/details');
});

test('what fails in the middle says what was applied until then', async () => {
  world.cluster.store.on('change', ({ object: { kind } }) => {
    if (kind === 'ConfigMap') {
      world.cluster.fault({ verb: 'create', resource: 'services', result: 403 });
    }
  });
  const outcome = await apply({ ...FILES, 'a.yaml': object('ConfigMap', 'a') });
  expect([outcome.status, lastLine(outcome)]).toEqual([
    'Failed',
    expect.stringContaining('ERROR: the API server refuses: '),
  ]);
  expect(outcome.results.applied).toBe('configmap/a deployment.apps/details gateway.networking.istio.io/bookinfo');
});

test('an API server that is away for a while does not matter', async () => {
  world.cluster.fault({ verb: 'create', resource: 'deployments', result: 503, times: 2 });
  expect((await apply(FILES)).status).toBe('Succeeded');
});
