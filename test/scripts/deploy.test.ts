import { longTest } from '../support/extent';
import { holdTraffic, manifest, pods } from '../support/manifests';
import type { TaskOutcome } from '../support/tekton/task-runner';
import { World, type WorldOptions } from '../support/world';

jest.setTimeout(240_000);
const IMAGE = `registry.example.com/reviews@sha256:${'0'.repeat(64)}`;
let world: World;

afterEach(async () => {
  await world.stop();
});

const REVIEWS = { 'deployment.yaml': manifest('reviews', pods({ app: 'reviews' })) };

/** Version 1 is live, all traffic is held on it, and run-1 has the service. */
async function begin(options: WorldOptions = {}): Promise<void> {
  world = await World.start(options);
  holdTraffic(world);
}

/** Deploys a commit with these manifests. */
async function deploy(
  files: Record<string, string> = REVIEWS,
  params: Record<string, string> = {},
): Promise<TaskOutcome> {
  const resources = Object.keys(files).filter((name) => name.endsWith('.yaml'));
  const all = Object.entries(files).map(([name, text]) => [`kustomize/${name}`, text]);
  const kustomization = { 'kustomize/kustomization.yaml': `resources: ${JSON.stringify(resources)}\n` };
  const commit = world.git.commit({ ...kustomization, ...Object.fromEntries(all) });
  return world.task(
    'deploy',
    { commit, image: IMAGE, baseline: 'reviews-v1', candidate: 'reviews-1234567', ...params },
    { API_SECONDS: '15' },
  );
}

const lastLine = ({ log }: TaskOutcome) => log.trim().split('\n').pop() ?? '';
const candidate = () => world.cluster.find('Deployment', world.namespace, 'reviews-1234567');

/** The task fails, says this, and has changed nothing. */
async function refuses(
  message: string,
  files?: Record<string, string>,
  params?: Record<string, string>,
): Promise<TaskOutcome> {
  const before = JSON.stringify(
    ['Deployment', 'Service', 'ConfigMap'].map((kind) => world.cluster.list(kind, world.namespace)),
  );
  const outcome = await deploy(files, params);
  expect([outcome.status, lastLine(outcome)]).toEqual(['Failed', expect.stringContaining(`ERROR: ${message}`)]);
  expect(
    JSON.stringify(['Deployment', 'Service', 'ConfigMap'].map((kind) => world.cluster.list(kind, world.namespace))),
  ).toBe(before);
  return outcome;
}

longTest('the candidate is deployed beside the live version, by digest and with a label of its own', async () => {
  await begin();
  const { status, results, log } = await deploy();
  expect([status, results]).toEqual(['Succeeded', { deployment: 'reviews-1234567' }]);
  expect(candidate()).toMatchObject({
    metadata: { labels: { version: '1234567', 'cdk8s-iter8/run': 'run-1' } },
    spec: {
      selector: { matchLabels: { app: 'reviews', version: '1234567' } },
      template: {
        metadata: { labels: { app: 'reviews', version: '1234567' } },
        spec: { containers: [{ image: IMAGE }] },
      },
    },
  });
  expect(world.recorded.image).toBe(IMAGE);
  expect(log).toContain(`image: ${IMAGE}`);
});

longTest('the candidate has as many replicas as the live version, or more if its manifest says so', async () => {
  await begin();
  world.cluster.change('Deployment', world.namespace, 'reviews-v1', (each) => {
    each.spec.replicas = 3;
  });
  expect((await deploy()).log).toContain('reviews-v1 has 3 replicas, so reviews-1234567 gets as many instead of 1');
  expect(candidate()?.spec.replicas).toBe(3);
  const more = { 'deployment.yaml': manifest('reviews', { ...pods({ app: 'reviews' }), replicas: 5 }) };
  await deploy(more, { candidate: 'reviews-7654321' });
  expect(world.cluster.find('Deployment', world.namespace, 'reviews-7654321')?.spec.replicas).toBe(5);
});

longTest('a try after the pod was killed goes on, although the experiment has begun meanwhile', async () => {
  await begin();
  expect((await deploy()).status).toBe('Succeeded');
  world.cluster.change('VirtualService', world.namespace, 'reviews', ({ spec }) => {
    spec.http[0].route[0].weight = 90;
  });
  expect((await deploy()).status).toBe('Succeeded');
});

const HOSTILE_CONTAINERS: [string, string][] = [
  ['a quote', 'a","image":"evil'],
  ['a capital', 'Reviews'],
  ['a line break', 'a"\nb'],
  ['more than 63 characters', 'a'.repeat(64)],
];

longTest.each(HOSTILE_CONTAINERS)('a container in the manifests with %s in its name is refused', async (_, name) => {
  await begin();
  const files = { 'deployment.yaml': manifest('reviews', pods({ app: 'reviews' }, [name])) };
  await refuses("kustomize has the Deployment reviews with the container '", files);
});

longTest('a Deployment without containers is refused', async () => {
  await begin();
  const files = { 'deployment.yaml': manifest('reviews', pods({ app: 'reviews' }, [])) };
  await refuses(
    `kustomize has the Deployment reviews with the container ''; expected at most 63 lower-case letters, digits and "-", with a letter or digit at both ends`,
    files,
  );
});

test.each<any>(['2 }', '08', -1, 1.5, '1, "paused": true', 'a[$(touch /tmp/x)]', '1\ndeployment reviews 2', 1e10])(
  'replicas %j in the manifests are refused',
  async (replicas) => {
    await begin();
    const files = { 'deployment.yaml': manifest('reviews', { ...pods({ app: 'reviews' }), replicas }) };
    await refuses("kustomize has the Deployment reviews with the replicas '", files);
  },
);

longTest('replicas of the live version that are no number are refused', async () => {
  await begin();
  world.cluster.change('Deployment', world.namespace, 'reviews-v1', (each) => {
    each.spec.replicas = '3, "paused": true';
  });
  await refuses(
    `Deployment reviews-v1 has the replicas '3, "paused": true'; expected a whole number without leading zeros`,
  );
});

describe('what the live version uses', () => {
  const service = (targetPort: number) => ({
    'service.yaml': manifest(
      'reviews',
      { selector: { app: 'reviews' }, ports: [{ name: 'http', port: 9080, targetPort }] },
      'Service',
      'v1',
    ),
  });
  const config = (mode: string) => ({ 'config.yaml': manifest('config', { mode }, 'ConfigMap', 'v1') });

  test('does not change', async () => {
    await begin();
    const metadata = { name: 'config', namespace: world.namespace };
    world.cluster.create({ kind: 'ConfigMap', metadata, data: { mode: 'old' } });
    await refuses(
      'the manifests change what the live version uses: ConfigMap/config Service/reviews nothing was changed',
      {
        ...REVIEWS,
        ...service(1234),
        ...config('new'),
      },
    );
  });

  longTest('may stand in the manifests as it is, and new objects beside it', async () => {
    await begin();
    const first = { ...REVIEWS, ...config('old') };
    expect((await deploy(first)).status).toBe('Succeeded');
    const second = { ...first, 'more.yaml': manifest('config-2', { mode: 'new' }, 'ConfigMap', 'v1') };
    expect((await deploy(second, { candidate: 'reviews-7654321' })).status).toBe('Succeeded');
    expect(world.cluster.find('ConfigMap', world.namespace, 'config-2')?.data).toEqual({ mode: 'new' });
  });
});

describe('nothing is deployed', () => {
  longTest('when the routing no longer holds the traffic', async () => {
    await begin();
    world.cluster.delete('VirtualService', world.namespace, 'reviews');
    await refuses('the routing of reviews no longer sends all traffic to reviews-v1');
  });

  longTest('over a version that has traffic', async () => {
    await begin();
    world.deploy('reviews-1234567', { version: 'v1' });
    await world.cluster.until('it runs', 20, () => world.available('reviews-1234567'));
    await refuses('reviews-1234567 exists already and has 100 % of the traffic; nothing was changed');
  });

  test('when another run has the service', async () => {
    await begin();
    world.cluster.change('Lease', world.namespace, 'cdk8s-iter8-reviews', ({ spec }) => {
      spec.holderIdentity = 'run-2';
    });
    await refuses('this run has lost the service reviews: run run-2 has the lease cdk8s-iter8-reviews');
    expect(world.recorded.because).toBeUndefined();
  });

  longTest.each([
    [
      'another Deployment',
      { 'deployment.yaml': manifest('other', pods({ app: 'o' })) },
      {},
      'kustomize has the Deployments: other; expected reviews, or just one whose pods the service reviews selects (app=reviews), and it selects: none',
    ],
    [
      'two containers',
      { 'deployment.yaml': manifest('reviews', pods({ app: 'reviews' }, ['a', 'b'])) },
      {},
      'Deployment reviews has the containers: a b; name the one that runs the image',
    ],
    [
      'an unknown container',
      REVIEWS,
      { container: 'b' },
      "param container is 'b'; expected one of the containers of reviews: reviews",
    ],
    [
      'a folder that is not there',
      REVIEWS,
      { path: 'manifests' },
      "param path is 'manifests', which is no folder of the repository",
    ],
    ['what kustomize refuses', { 'deployment.yaml': 'a: [' }, {}, 'kubectl kustomize refuses kustomize at commit'],
  ])('of manifests with %s', async (_, files, params, message) => {
    await begin();
    await refuses(message, files, params);
    expect(world.recorded.because).toContain(message.slice(0, 60));
  });
});

longTest('a container can be chosen among several', async () => {
  await begin();
  const two = { 'deployment.yaml': manifest('reviews', pods({ app: 'reviews' }, ['proxy', 'reviews'])) };
  expect((await deploy(two, { container: 'reviews' })).status).toBe('Succeeded');
  const images = candidate()?.spec.template.spec.containers.map(({ name, image }: any) => [name, image]);
  expect(images.sort()).toEqual([
    ['proxy', 'proxy'],
    ['reviews', IMAGE],
  ]);
});

longTest('names of digits only are texts', async () => {
  await begin();
  const files = { 'deployment.yaml': manifest('123', pods({ app: 'reviews' }, ['456'])) };
  const { status } = await deploy(files, { deployment: '123', candidate: '123-1e5' });
  expect(status).toBe('Succeeded');
  expect(world.cluster.find('Deployment', world.namespace, '123-1e5')?.spec.template.metadata.labels.version).toBe(
    '1e5',
  );
});

longTest('what a Secret says is not shown', async () => {
  await begin();
  const secret = 'apiVersion: v1\nkind: Secret\nmetadata: {name: password}\nstringData: {word: opensesame}\n';
  const { log } = await deploy({ ...REVIEWS, 'secret.yaml': secret });
  expect(log).toContain('# a Secret, not shown');
  expect(log).not.toContain('opensesame');
});

test('a candidate without a Service is not deployed: another one might select its pods', async () => {
  await begin();
  world.cluster.delete('Service', world.namespace, 'reviews');
  await refuses('there is no service reviews in team', REVIEWS, { baseline: '', deployment: 'reviews' });
});

test('manifests that can not be rendered with the version fail, and the run knows why', async () => {
  await begin();
  const other = { 'other.yaml': manifest('reviews-1234567', pods({ app: 'other' })) };
  await refuses('kubectl kustomize refuses the manifests with the version added', { ...REVIEWS, ...other });
  expect(world.recorded.because).toContain('kubectl kustomize refuses');
});

longTest('a candidate that the Service does not select fails', async () => {
  await begin();
  const outcome = await deploy({ 'deployment.yaml': manifest('reviews', pods({ app: 'other' })) });
  expect(lastLine(outcome)).toContain('ERROR: service reviews does not select the pods of reviews-1234567');
});

longTest('a candidate that is deleted while it comes up fails', async () => {
  await begin();
  world.cluster.deployments.expect('reviews-1234567', { readyAfter: 1000 });
  world.cluster.store.on('change', ({ type, object }) => {
    if (type === 'ADDED' && object.kind === 'Deployment') {
      world.cluster.clock.after(12, () => world.cluster.delete('Deployment', world.namespace, 'reviews-1234567'));
    }
  });
  const outcome = await deploy(REVIEWS, { 'ready-deadline': '30' });
  expect([outcome.status, lastLine(outcome)]).toEqual([
    'Failed',
    expect.stringContaining('was not ready within 30 seconds'),
  ]);
});

longTest('an API server that does not answer while the candidate comes up does not make it ready', async () => {
  await begin();
  world.cluster.deployments.expect('reviews-1234567', { readyAfter: 1000 });
  world.cluster.store.on('change', ({ type, object }) => {
    if (type === 'ADDED' && object.kind === 'Deployment') {
      world.cluster.clock.after(
        2,
        () => void world.cluster.fault({ verb: 'get', resource: 'deployments', result: 500 }),
      );
    }
  });
  const outcome = await deploy();
  expect([outcome.status, lastLine(outcome)]).toEqual([
    'Failed',
    expect.stringContaining('ERROR: the API server did not answer for 15 seconds'),
  ]);
});

longTest('a candidate that does not come up is given up for a newer run', async () => {
  await begin();
  world.cluster.deployments.expect('reviews-1234567', { readyAfter: 1000 });
  world.cluster.store.on('change', ({ type, object }) => {
    if (type === 'ADDED' && object.kind === 'Deployment') {
      const seen = Math.floor(world.cluster.clock.now) + 60;
      world.cluster.change('Lease', world.namespace, 'cdk8s-iter8-reviews', ({ metadata }) => {
        metadata.annotations['cdk8s-iter8/queue.run-2'] = `2026-01-01T00:00:05Z ${seen} cancelOlder`;
      });
    }
  });
  expect(lastLine(await deploy())).toBe('ERROR: a newer run took over');
});

longTest('why a pod is not ready is told', async () => {
  await begin();
  world.cluster.deployments.expect('reviews-1234567', { never: 'CreateContainerConfigError' });
  const outcome = await deploy(REVIEWS, { 'ready-deadline': '10' });
  expect(lastLine(outcome)).toContain('container reviews: CreateContainerConfigError: it never will');
});
