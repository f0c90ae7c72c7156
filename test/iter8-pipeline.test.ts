import { App, Chart, Duration } from 'cdk8s';
import { ServiceAccount } from 'cdk8s-plus-25';
import {
  Concurrency,
  Criterion,
  GitSource,
  Images,
  Iter8Api,
  Iter8Pipeline,
  type Iter8PipelineProps,
  Iter8Tasks,
  LoadProfile,
  Task,
  Verdict,
} from '../lib';
import { manifest, manifests, newChart, problems } from './support/synth';

const props: Iter8PipelineProps = {
  source: GitSource.repository('https://git.example.com/bookinfo/reviews'),
  image: 'registry.example.com/bookinfo/reviews',
  service: 'reviews',
  criteria: [Criterion.meanLatency({ belowMillis: 300 }), Criterion.errorRate({ below: 0.01 })],
  load: LoadProfile.constantRate({ host: 'bookinfo.example.com', path: '/productpage', perSecond: 20 }),
};

function params(chart: Chart, task: string): Record<string, any> {
  const { tasks, finally: last } = manifest(chart, 'Pipeline').spec;
  const found = [...tasks, ...last].find((each: any) => each.name === task);
  return { ...Object.fromEntries(found.params.map(({ name, value }: any) => [name, value])), timeout: found.timeout };
}

test('ten lines are enough', () => {
  const chart = newChart('bookinfo');
  new Iter8Pipeline(chart, 'canary', props);
  expect(problems(chart)).toEqual([]);
  const { metadata, spec } = manifest(chart, 'Pipeline');
  expect(metadata.name).toBe('canary');
  expect(spec.params).toEqual([
    expect.objectContaining({ name: 'image', default: 'registry.example.com/bookinfo/reviews' }),
    expect.objectContaining({ name: 'repository', default: 'https://git.example.com/bookinfo/reviews' }),
    expect.objectContaining({ name: 'revision', default: '' }),
  ]);
  expect(spec.results.map(({ name, value }: any) => [name, value])).toEqual(
    ['image', 'reason', 'report', 'verdict', 'winner'].map((name) => [name, `$(finally.finish.results.${name})`]),
  );
  expect(spec.tasks.map(({ name, taskRef, runAfter }: any) => [name, taskRef.name, runAfter])).toEqual([
    ['build', 'canary-build', undefined],
    ['experiment', 'canary-experiment', ['build']],
    ['deploy', 'canary-deploy', ['experiment']],
    ['load', 'canary-load', ['deploy']],
    ['wait', 'canary-wait', ['deploy']],
  ]);
  const template = JSON.parse(params(chart, 'experiment').template);
  expect(template).toMatchObject({
    apiVersion: 'iter8.tools/v1alpha2',
    metadata: { name: '@name@', namespace: '@namespace@', labels: { 'cdk8s-iter8/run': '@run@' } },
    spec: {
      service: { name: '@service@', namespace: '@namespace@', baseline: '@baseline@', candidates: ['@candidate@'] },
      networking: { id: '@router@' },
      duration: { interval: '30s', maxIterations: 20 },
    },
  });
});

test('the deadlines follow from the experiment', () => {
  const chart = newChart('bookinfo');
  new Iter8Pipeline(chart, 'canary', { ...props, interval: Duration.seconds(10), maxIterations: 6 });
  expect(params(chart, 'wait')).toMatchObject({ deadline: '360', interval: '10', timeout: '16m' });
  expect(params(chart, 'load')).toMatchObject({ deadline: '360', timeout: '11m' });
});

test('everything that can be said reaches the task that it is for', () => {
  const chart = newChart('bookinfo');
  new Iter8Pipeline(chart, 'canary', {
    ...props,
    source: GitSource.repository('https://git.example.com/a', { revision: 'release' }),
    deployment: 'reviews-app',
    manifests: 'deploy/canary',
    container: 'app',
    context: 'src',
    dockerfile: 'docker/Dockerfile',
    buildArgs: { VERSION: '2', COLOR: 'blue' },
    baseline: 'reviews-v1',
    failOn: [Verdict.BASELINE],
    concurrency: Concurrency.CANCEL_OLDER,
    queueDeadline: Duration.minutes(10),
    readyDeadline: Duration.minutes(1),
    experimentDeadline: Duration.minutes(7),
    buildTimeout: Duration.minutes(12),
    maxErrorRate: 0.5,
    name: 'reviews',
  });
  expect(manifest(chart, 'Pipeline').metadata.name).toBe('reviews');
  expect(params(chart, 'build')).toMatchObject({
    context: 'src',
    dockerfile: 'docker/Dockerfile',
    'build-args': ['VERSION=2', 'COLOR=blue'],
    timeout: '12m',
  });
  expect(params(chart, 'experiment')).toMatchObject({
    deployment: 'reviews-app',
    baseline: 'reviews-v1',
    concurrency: 'cancelOlder',
    'queue-deadline': '600',
    timeout: '25m',
  });
  expect(params(chart, 'deploy')).toMatchObject({
    deployment: 'reviews-app',
    path: 'deploy/canary',
    container: 'app',
    'ready-deadline': '60',
    timeout: '11m',
  });
  expect(params(chart, 'load')).toMatchObject({ deadline: '420', 'max-error-rate': '0.5' });
  expect(params(chart, 'wait')).toMatchObject({ deadline: '420', 'fail-on': 'baseline' });
  expect(manifest(chart, 'Pipeline').spec.params[2]).toMatchObject({ name: 'revision', default: 'release' });
});

test('each task has a service account with just what it needs', () => {
  const chart = newChart('delivery');
  const source = GitSource.repository('https://git.example.com/a', { secretName: 'git' });
  new Iter8Pipeline(chart, 'canary', {
    ...props,
    source,
    registrySecretName: 'registry',
    serviceNamespace: 'bookinfo',
  });
  const accounts = manifests(chart).filter(({ kind }) => kind === 'ServiceAccount');
  expect(accounts.map((each) => [each.metadata.name, each.automountServiceAccountToken, each.secrets])).toEqual([
    ['canary-build', false, [{ name: 'git' }, { name: 'registry' }]],
    ['canary-experiment', true, undefined],
    ['canary-deploy', true, [{ name: 'git' }]],
    ['canary-wait', true, undefined],
    ['canary-load', true, undefined],
  ]);
  const roles = manifests(chart).filter(({ kind }) => kind === 'Role');
  expect(roles.map(({ metadata }) => [metadata.namespace, metadata.name])).toEqual(
    ['experiment', 'deploy', 'wait', 'load'].map((task) => ['bookinfo', `delivery.canary-${task}`]),
  );
  expect(roles.flatMap(({ rules }) => rules.flatMap((rule: any) => [...rule.verbs, ...rule.resources]))).not.toContain(
    '*',
  );
  expect(params(chart, 'wait').namespace).toBe('bookinfo');
});

test('a service account of ones own takes the place of all of them', () => {
  const chart = newChart('bookinfo');
  const serviceAccount = ServiceAccount.fromServiceAccountName(chart, 'mine', 'mine');
  const canary = new Iter8Pipeline(chart, 'canary', { ...props, serviceAccount });
  canary.newRun(chart, 'run');
  expect(manifests(chart).map(({ kind }) => kind)).toEqual([...Array(5).fill('Task'), 'Pipeline', 'PipelineRun']);
  const specs = manifest(chart, 'PipelineRun').spec.taskRunSpecs;
  expect(specs.map((each: any) => each.serviceAccountName)).toEqual(Array(6).fill('mine'));
});

test('a fleet needs five Tasks, and a sixth for load from inside the mesh', () => {
  const chart = newChart('bookinfo');
  const tasks = new Iter8Tasks(chart, 'shared');
  const count = () => manifests(chart).filter(({ kind }) => kind === 'Task').length;
  for (const service of ['reviews', 'ratings', 'details']) {
    new Iter8Pipeline(chart, service, { ...props, tasks, service });
  }
  expect(count()).toBe(5);
  new Iter8Pipeline(chart, 'mesh', { ...props, tasks, load: LoadProfile.constantRate({ mesh: true, perSecond: 1 }) });
  expect(count()).toBe(6);
  const load = manifest(chart, 'Pipeline', 'mesh').spec.tasks.find(({ name }: any) => name === 'load');
  expect(load.taskRef.name).toBe('shared-mesh-load');
});

test('a Task can be replaced by one that exists elsewhere', () => {
  const chart = newChart('bookinfo');
  const tasks = new Iter8Tasks(chart, 'shared', {
    buildTask: Task.fromName('our-build'),
    loadTask: Task.fromName('our-load'),
  });
  new Iter8Pipeline(chart, 'canary', { ...props, tasks });
  const used = manifest(chart, 'Pipeline').spec.tasks.map(({ taskRef }: any) => taskRef.name);
  expect(used).toEqual(['our-build', 'shared-experiment', 'shared-deploy', 'our-load', 'shared-wait']);
});

test('more tasks fit in anywhere', () => {
  const chart = newChart('bookinfo');
  const canary = new Iter8Pipeline(chart, 'canary', props);
  const check = canary.pipeline.addTask('check', Task.fromName('check'), {
    params: { deployment: canary.deployTask.deployment },
  });
  canary.waitTask.addRunAfter(check);
  canary.pipeline.addFinally('notify', Task.fromName('notify'), { params: { status: '$(tasks.status)' } });
  expect(problems(chart)).toEqual([]);
  const { tasks, finally: last } = manifest(chart, 'Pipeline').spec;
  expect(tasks.find(({ name }: any) => name === 'wait').runAfter).toEqual(['check']);
  expect(last.map(({ name }: any) => name)).toEqual(['finish', 'notify']);
  expect(params(chart, 'finish').tasks).toContain('check=$(tasks.check.status)');
});

test('without load there is no task for it', () => {
  const chart = newChart('bookinfo');
  const { load: _, ...rest } = props;
  const canary = new Iter8Pipeline(chart, 'canary', rest);
  expect(canary.loadTask).toBeUndefined();
  expect(manifest(chart, 'Pipeline').spec.tasks.map(({ name }: any) => name)).not.toContain('load');
  expect(params(chart, 'finish').tasks).toHaveLength(4);
});

test('a run asks for a revision', () => {
  const chart = newChart('bookinfo');
  const canary = new Iter8Pipeline(chart, 'canary', props);
  const runs = new Chart(chart.node.root, 'runs');
  canary.newRun(runs, 'run', { revision: 'v2', params: { image: 'registry.example.com/other' } });
  const { metadata, spec } = manifest(runs, 'PipelineRun');
  expect(metadata).toEqual({ generateName: 'canary-', namespace: 'bookinfo' });
  expect(spec.params).toEqual([
    { name: 'image', value: 'registry.example.com/other' },
    { name: 'revision', value: 'v2' },
  ]);
  // Build, queue and setup, deployment, and the longer one of load and wait; then finish.
  expect(spec.timeouts).toEqual({ pipeline: '2h35m', tasks: '2h25m', finally: '10m' });
});

test.each<[string, Partial<Iter8PipelineProps>, string]>([
  [
    'an image with a tag',
    { image: 'registry.example.com/a:1' },
    'image is "registry.example.com/a:1"; expected an image without tag and digest',
  ],
  ['a service that is none', { service: 'Reviews' }, 'service is "Reviews"'],
  [
    'a Deployment whose name leaves no room for a commit',
    { deployment: 'x'.repeat(53) },
    "the length of the Deployment's name",
  ],
  ['a Deployment that is none', { deployment: 'A' }, 'deployment is "A"'],
  [
    'manifests outside of the repository',
    { manifests: '../x' },
    'manifests is "../x"; expected a path inside the repository',
  ],
  [
    'a context outside of the repository',
    { context: '/etc' },
    'context is "/etc"; expected a path inside the repository',
  ],
  [
    'a Dockerfile that looks like an option',
    { dockerfile: '-x' },
    'dockerfile is "-x"; expected a path inside the repository',
  ],
  ['a namespace that is none', { serviceNamespace: 'a.b' }, 'serviceNamespace is "a.b"'],
])('%s is refused', (_what, change, message) => {
  expect(() => new Iter8Pipeline(newChart('bookinfo'), 'canary', { ...props, ...change })).toThrow(
    `chart/canary: ${message}`,
  );
});

test('what shared Tasks know can not be said again', () => {
  const chart = newChart('bookinfo');
  const tasks = new Iter8Tasks(chart, 'shared');
  expect(() => new Iter8Pipeline(chart, 'a', { ...props, tasks, images: Images.of() })).toThrow(
    'chart/a: images and tasks are both given; expected one; fix: give images to the Iter8Tasks chart/shared',
  );
  expect(() => new Iter8Pipeline(chart, 'b', { ...props, tasks, api: Iter8Api.V1ALPHA1 })).toThrow(
    'chart/b/pipeline/experiment: api is v1alpha1, but the tasks are made for v1alpha2; expected the same; fix: give api to the tasks',
  );
});

test('a chart without a namespace is refused', () => {
  expect(() => new Iter8Pipeline(new Chart(new App(), 'chart'), 'canary', props)).toThrow(
    "chart/canary: neither the chart nor serviceNamespace names a namespace; expected the service's; fix: new Chart(app, 'name', { namespace: 'namespace' })",
  );
});

test('in v1alpha1 the whole pipeline speaks v1alpha1', () => {
  const chart = newChart('bookinfo');
  new Iter8Pipeline(chart, 'canary', { ...props, api: Iter8Api.V1ALPHA1 });
  expect(JSON.parse(params(chart, 'experiment').template).apiVersion).toBe('iter8.tools/v1alpha1');
  const env = manifests(chart)
    .filter(({ kind }) => kind === 'Task')
    .flatMap(({ spec }) => spec.steps.flatMap((step: any) => step.env ?? []))
    .filter(({ name }: any) => name === 'ITER8_API_VERSION');
  expect(env.map(({ value }: any) => value)).toEqual(Array(4).fill('iter8.tools/v1alpha1'));
});
