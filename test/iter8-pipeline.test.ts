import { type Chart, Duration } from 'cdk8s';
import { ServiceAccount } from 'cdk8s-plus-25';
import {
  Cleanup,
  Concurrency,
  Criterion,
  GitSource,
  Iter8Api,
  Iter8Pipeline,
  type Iter8PipelineProps,
  Iter8Tasks,
  LoadProfile,
  LoadStart,
  LoadTask,
  Manifests,
  OnTermination,
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

test.each([
  [LoadStart.AFTER_DEPLOY, ['deploy'], '660', '0', '16m'],
  [LoadStart.AFTER_EXPERIMENT, ['experiment'], '1320', '0', '27m'],
  [LoadStart.AFTER_BUILD, ['build'], '1320', '1500', '52m'],
])('the load can start %s', (loadStart, runAfter, deadline, experimentDeadline, timeout) => {
  const chart = newChart('bookinfo');
  const [readyDeadline, queueDeadline] = [Duration.minutes(1), Duration.minutes(10)];
  const experiment = { interval: Duration.seconds(60), maxIterations: 6, readyDeadline, queueDeadline };
  new Iter8Pipeline(chart, 'canary', { ...props, ...experiment, loadStart });
  expect(problems(chart)).toEqual([]);
  const { tasks } = manifest(chart, 'Pipeline').spec;
  expect(tasks.find(({ name }: any) => name === 'load').runAfter).toEqual(runAfter);
  expect(tasks.find(({ name }: any) => name === 'wait').runAfter).toEqual(['deploy']);
  expect(params(chart, 'load')).toMatchObject({ deadline, 'experiment-deadline': experimentDeadline, timeout });
});

test('everything that can be said reaches the task that it is for', () => {
  const chart = newChart('bookinfo');
  new Iter8Pipeline(chart, 'canary', {
    ...props,
    source: GitSource.repository('https://git.example.com/a', { revision: 'release' }),
    deployment: 'reviews-app',
    manifests: Manifests.yaml('deploy/canary'),
    container: 'app',
    context: 'src',
    dockerfile: 'docker/Dockerfile',
    buildArgs: { VERSION: '2', COLOR: 'blue' },
    baseline: 'reviews-v1',
    failOn: [Verdict.BASELINE],
    concurrency: Concurrency.CANCEL_OLDER,
    queueDeadline: Duration.minutes(10),
    cleanup: Cleanup.KEEP,
    readyDeadline: Duration.minutes(1),
    experimentDeadline: Duration.minutes(12),
    buildTimeout: Duration.minutes(12),
    maxErrorRate: 0.5,
    name: 'reviews',
  });
  expect(manifest(chart, 'Pipeline').metadata.name).toBe('reviews');
  expect(params(chart, 'build')).toMatchObject({
    context: 'src',
    dockerfile: 'docker/Dockerfile',
    'build-args': ['COLOR=blue', 'VERSION=2'],
    timeout: '12m',
  });
  expect(params(chart, 'experiment')).toMatchObject({
    deployment: 'reviews-app',
    baseline: 'reviews-v1',
    concurrency: 'cancelOlder',
    'queue-deadline': '600',
    cleanup: 'keep',
    timeout: '25m',
  });
  // It is not iter8's own.
  expect(JSON.parse(params(chart, 'experiment').template).spec.cleanup).toBeUndefined();
  expect(params(chart, 'deploy')).toMatchObject({
    deployment: 'reviews-app',
    path: 'deploy/canary',
    format: 'yaml',
    container: 'app',
    'ready-deadline': '60',
    timeout: '11m',
  });
  expect(params(chart, 'load')).toMatchObject({ deadline: '720', 'max-error-rate': '0.5' });
  expect(params(chart, 'wait')).toMatchObject({ deadline: '720', interval: '30', 'fail-on': 'baseline' });
  expect(manifest(chart, 'Pipeline').spec.params[2]).toMatchObject({ name: 'revision', default: 'release' });
});

test('a manual gate leaves the traffic on the baseline, and gives the task for the verdict more time', () => {
  const chart = newChart('bookinfo');
  const approvalDeadline = Duration.hours(4);
  new Iter8Pipeline(chart, 'canary', { ...props, approvalDeadline });
  expect(JSON.parse(params(chart, 'experiment').template).spec.trafficControl.onTermination).toBe('to_baseline');
  expect(params(chart, 'wait')).toMatchObject({ 'approval-deadline': '14400', deadline: '900', timeout: '4h25m' });
  expect(params(chart, 'finish')).toMatchObject({ 'approval-deadline': '0', timeout: '10m' });
  const onTermination = OnTermination.toWinner();
  expect(() => new Iter8Pipeline(chart, 'both', { ...props, approvalDeadline, onTermination })).toThrow(
    'chart/both: onTermination is "to_winner"; expected none with approvalDeadline, for which the traffic stays on the baseline until a person decides; fix: remove one of them',
  );
  const { criteria: _, ...others } = props;
  const experimentTemplate = 'iter8/experiment.yaml';
  expect(() => new Iter8Pipeline(chart, 'file', { ...others, approvalDeadline, experimentTemplate })).toThrow(
    'chart/file: approvalDeadline is "14400 s"; expected none beside experimentTemplate, whose experiment may send all',
  );
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
  expect(roles.map(({ metadata }) => [metadata.namespace, metadata.name])).toEqual([
    ['bookinfo', 'delivery.canary-experiment'],
    ['delivery', 'canary-experiment'],
    ...['deploy', 'wait', 'load'].map((task) => ['bookinfo', `delivery.canary-${task}`]),
    ['delivery', 'canary-load'],
  ]);
  expect(roles[1].rules).toEqual([{ apiGroups: ['tekton.dev'], resources: ['pipelineruns'], verbs: ['get'] }]);
  expect(roles.flatMap(({ rules }) => rules.flatMap((rule: any) => [...rule.verbs, ...rule.resources]))).not.toContain(
    '*',
  );
  expect(params(chart, 'wait').namespace).toBe('bookinfo');
});

test('a service account of ones own takes the place of all of them', () => {
  const chart = newChart('bookinfo');
  const serviceAccount = ServiceAccount.fromServiceAccountName(chart, 'mine', 'mine', { namespaceName: 'bookinfo' });
  const canary = new Iter8Pipeline(chart, 'canary', { ...props, serviceAccount });
  canary.newRun(chart, 'run');
  expect(manifests(chart).map(({ kind }) => kind)).toEqual([...Array(5).fill('Task'), 'Pipeline', 'PipelineRun']);
  const specs = manifest(chart, 'PipelineRun').spec.taskRunSpecs;
  expect(specs.map((each: any) => each.serviceAccountName)).toEqual(Array(6).fill('mine'));
});

test('single service accounts can be given, and those that are made allowed more', () => {
  const chart = newChart('bookinfo');
  const loadTask = ServiceAccount.fromServiceAccountName(chart, 'mine', 'mine', { namespaceName: 'bookinfo' });
  const canary = new Iter8Pipeline(chart, 'canary', { ...props, serviceAccounts: { loadTask } });
  canary.serviceAccounts.deployTask?.allow({ group: '', resources: ['secrets'], verbs: ['create'] });
  canary.newRun(chart, 'run');
  const specs = manifest(chart, 'PipelineRun').spec.taskRunSpecs;
  expect(Object.fromEntries(specs.map((each: any) => [each.pipelineTaskName, each.serviceAccountName]))).toEqual({
    build: 'canary-build',
    deploy: 'canary-deploy',
    experiment: 'canary-experiment',
    finish: 'canary-wait',
    load: 'mine',
    wait: 'canary-wait',
  });
  expect(manifest(chart, 'Role', 'canary-deploy').rules).toContainEqual({
    apiGroups: [''],
    resources: ['secrets'],
    verbs: ['create'],
  });
});

test('the params and the workspace of the Pipeline can be used by more tasks', () => {
  const chart = newChart('bookinfo');
  const { pipeline, repository, revision, image, stop } = new Iter8Pipeline(chart, 'canary', props);
  const [url, branch, name] = [repository.ref, revision.ref, image.ref];
  expect([url, branch, name]).toEqual(['$(params.repository)', '$(params.revision)', '$(params.image)']);
  pipeline.addTask('mine', Task.fromName('mine'), { params: { url }, workspaces: { mine: stop } });
  expect(problems(chart)).toEqual([]);
});

test('load from inside the mesh calls the port that the experiment routes to', () => {
  const chart = newChart('bookinfo');
  const load = LoadProfile.constantRate({ mesh: true, perSecond: 1 });
  new Iter8Pipeline(chart, 'canary', { ...props, load, port: 9080 });
  expect(params(chart, 'load').url).toBe('http://reviews.bookinfo:9080/');
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

test('load from inside the mesh is not given to a Task whose pods are outside', () => {
  const chart = newChart('bookinfo');
  const tasks = new Iter8Tasks(chart, 'shared', { loadTask: new LoadTask(chart, 'x') });
  const load = LoadProfile.constantRate({ mesh: true, perSecond: 1 });
  expect(() => new Iter8Pipeline(chart, 'canary', { ...props, tasks, load })).toThrow(
    "chart/canary/pipeline/load: mesh of the load is true; expected false, as the Task x is made, whose pods do not get Istio's sidecar; fix: use a LoadTask that is made with mesh: true",
  );
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
  expect(params(chart, 'finish').tasks).toContain('check=$(tasks.check.status):$(tasks.check.reason)');
});

test('without load there is no task for it', () => {
  const chart = newChart('bookinfo');
  const { load: _, ...rest } = props;
  const canary = new Iter8Pipeline(chart, 'canary', rest);
  expect(canary.loadTask).toBeUndefined();
  expect(manifest(chart, 'Pipeline').spec.tasks.map(({ name }: any) => name)).not.toContain('load');
  expect(params(chart, 'finish').tasks).toEqual(
    ['build', 'deploy', 'experiment', 'wait'].map((name) => `${name}=$(tasks.${name}.status):$(tasks.${name}.reason)`),
  );
});

test('a Task from elsewhere gets a template for the version of the API that the Tasks are made for', () => {
  const chart = newChart('bookinfo');
  const experimentTask = Task.fromName('ours');
  const tasks = new Iter8Tasks(chart, 'shared', { api: Iter8Api.V1ALPHA1, experimentTask });
  new Iter8Pipeline(chart, 'canary', { ...props, tasks });
  expect(JSON.parse(params(chart, 'experiment').template).apiVersion).toBe('iter8.tools/v1alpha1');
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

test('an experiment of the repository takes the place of its options', () => {
  const chart = newChart();
  const { criteria: _, load: __, ...rest } = props;
  const experimentTemplate = 'iter8/experiment.yaml';
  new Iter8Pipeline(chart, 'reviews', { ...rest, experimentTemplate });
  expect(params(chart, 'experiment')).toMatchObject({
    'template-path': experimentTemplate,
    repository: '$(params.repository)',
    template: expect.not.stringContaining('criteria'),
  });
  expect(params(chart, 'wait')).toMatchObject({ deadline: '1800', interval: '30' });
  expect(() => new Iter8Pipeline(newChart(), 'a', { ...rest, experimentTemplate, maxIterations: 3 })).toThrow(
    'chart/a/pipeline/experiment: maxIterations is given; expected none beside experimentTemplate, which is iter8/experiment.yaml; fix: write it into that file, or remove one of them',
  );
  expect(() => new Iter8Pipeline(newChart(), 'a', { ...rest, experimentTemplate: '../x' })).toThrow(
    'chart/a/pipeline/experiment: experimentTemplate is "../x"; expected a path inside the repository',
  );
  expect(() => new Iter8Pipeline(newChart(), 'a', rest)).toThrow('criteria is []; expected at least one');
});
