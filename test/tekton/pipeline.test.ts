import { type Chart, Duration, JsonPatch } from 'cdk8s';
import { Context, OnError, Pipeline, PipelineRun, Resolver, Task, When, WorkspaceBinding } from '../../lib';
import { manifest, newChart, problems } from '../support/synth';

function task(chart: Chart, name: string): Task {
  const made = new Task(chart, name);
  made.addParam('input', { defaultValue: '' });
  made.addArrayParam('list', { defaultValue: [] });
  made.addResult('output');
  made.addWorkspace('folder', { optional: true });
  made.addStep('run', { image: 'example.com/tools:1' });
  return made;
}

test('tasks run after those whose results they use in anything bound, and say why', () => {
  const chart = newChart();
  const one = task(chart, 'one');
  const pipeline = new Pipeline(chart, 'pipeline');
  const workspace = pipeline.addWorkspace('shared');
  const folder = pipeline.addTask('folder', one, {
    workspaces: { folder: workspace.subPath('$(tasks.start.results.output)') },
  });
  const start = pipeline.addTask('start', one);
  const param = pipeline.addTask('param', one, { params: { input: `a ${start.result('output')}` } });
  pipeline.addTask('when', one, { when: [When.notIn(param.result('output'), ['no'])] });
  pipeline.addTask('matrix', one, { matrix: { params: { input: ['x', start.result('output')] } } });
  pipeline.addTask('last', one, {
    params: { input: start.result('output'), list: [param.result('output')] },
    runAfter: [folder],
  });
  expect(pipeline.explain().split('\n')).toEqual([
    'folder runs after start: workspace folder uses result start.output',
    'last runs after folder: runAfter',
    'last runs after param: param list uses result param.output',
    'last runs after start: param input uses result start.output',
    'matrix runs after start: matrix param input uses result start.output',
    'param runs after start: param input uses result start.output',
    'when runs after param: when uses result param.output',
  ]);
  new PipelineRun(chart, 'run', { pipeline, workspaces: { shared: WorkspaceBinding.emptyDir() } });
  const written = manifest(chart, 'Pipeline').spec.tasks.map((each: any) => [each.name, each.runAfter]);
  expect(written).toEqual([
    ['start', undefined],
    ['folder', ['start']],
    ['matrix', ['start']],
    ['param', ['start']],
    ['last', ['folder', 'param']],
    ['when', ['param']],
  ]);
});

test('a use of a Task is written with all that was bound', () => {
  const chart = newChart();
  const pipeline = new Pipeline(chart, 'pipeline', { description: 'All.' });
  const url = pipeline.addParam('url', { defaultValue: 'a' });
  const shared = pipeline.addWorkspace('shared', { optional: true, description: 'Files' });
  const first = pipeline.addTask('first', task(chart, 'one'), {
    params: { input: url.ref, list: [1, true, 'a'] },
    workspaces: { folder: shared.subPath('a') },
    when: [When.isIn(url.ref, ['a']), When.cel("'a' == 'a'")],
    retries: 2,
    timeout: Duration.minutes(3),
    serviceAccountName: 'builder',
  });
  pipeline.addTask('second', Task.fromName('elsewhere'), {
    matrix: { params: { p: ['1', '2'] }, include: [{ name: 'x', params: { p: '3', q: '4' } }] },
    onError: OnError.CONTINUE,
  });
  pipeline.addFinally('notify', Task.fromName('notify'), { params: { status: first.status, all: '$(tasks.status)' } });
  pipeline.addResult('output', { value: first.result('output'), description: 'Out' });
  expect(manifest(chart, 'Pipeline').spec).toEqual({
    description: 'All.',
    params: [{ name: 'url', type: 'string', default: 'a' }],
    workspaces: [{ name: 'shared', optional: true, description: 'Files' }],
    tasks: [
      {
        name: 'first',
        taskRef: { kind: 'Task', name: 'one' },
        params: [
          { name: 'input', value: '$(params.url)' },
          { name: 'list', value: ['1', 'true', 'a'] },
        ],
        workspaces: [{ name: 'folder', workspace: 'shared', subPath: 'a' }],
        when: [{ input: '$(params.url)', operator: 'in', values: ['a'] }, { cel: "'a' == 'a'" }],
        retries: 2,
        timeout: '3m',
      },
      {
        name: 'second',
        taskRef: { kind: 'Task', name: 'elsewhere' },
        matrix: {
          params: [{ name: 'p', value: ['1', '2'] }],
          include: [
            {
              name: 'x',
              params: [
                { name: 'p', value: '3' },
                { name: 'q', value: '4' },
              ],
            },
          ],
        },
        onError: 'continue',
      },
    ],
    finally: [
      {
        name: 'notify',
        taskRef: { kind: 'Task', name: 'notify' },
        params: [
          { name: 'all', value: '$(tasks.status)' },
          { name: 'status', value: '$(tasks.first.status)' },
        ],
      },
    ],
    results: [{ name: 'output', value: '$(tasks.first.results.output)', description: 'Out' }],
  });
});

test('one Task serves several uses in a Pipeline, and several Pipelines', () => {
  const chart = newChart();
  const shared = task(chart, 'one');
  const pipelines = ['a', 'b'].map((name) => new Pipeline(chart, name));
  for (const pipeline of pipelines) {
    pipeline.addTask('first', shared);
    pipeline.addTask('second', shared);
  }
  for (const name of ['a', 'b']) {
    const refs = manifest(chart, 'Pipeline', name).spec.tasks.map((each: any) => each.taskRef.name);
    expect(refs).toEqual(['one', 'one']);
  }
});

test('Tasks and Pipelines that exist elsewhere', () => {
  const render = (resolver: Resolver) => Task.fromResolver(resolver).taskRef;
  expect(render(Resolver.cluster({ name: 'a', namespace: 'b' }))).toEqual({
    resolver: 'cluster',
    params: [
      { name: 'name', value: 'a' },
      { name: 'namespace', value: 'b' },
      { name: 'kind', value: 'task' },
    ],
  });
  expect(
    render(Resolver.git({ url: 'https://git.example.com/a', revision: 'main', pathInRepo: 'task.yaml' })).params,
  ).toEqual([
    { name: 'url', value: 'https://git.example.com/a' },
    { name: 'revision', value: 'main' },
    { name: 'pathInRepo', value: 'task.yaml' },
  ]);
  expect(render(Resolver.bundles({ bundle: 'example.com/a@sha256:1', name: 'a' }))).toMatchObject({
    resolver: 'bundles',
  });
  expect(render(Resolver.hub({ name: 'a', version: '1' })).params).toContainEqual({ name: 'type', value: 'artifact' });
  expect(render(Resolver.http({ url: 'https://a', digest: 'sha256:1' }))).toEqual({
    resolver: 'http',
    params: [
      { name: 'url', value: 'https://a' },
      { name: 'digest', value: 'sha256:1' },
    ],
  });
  expect(render(Resolver.custom('mine', { x: 'y' }))).toEqual({
    resolver: 'mine',
    params: [{ name: 'x', value: 'y' }],
  });
  const pipeline = Pipeline.fromResolver(Resolver.cluster({ name: 'a', namespace: 'b' })).pipelineRef;
  expect(pipeline.params).toContainEqual({ name: 'kind', value: 'pipeline' });
  expect(Pipeline.fromName('a').pipelineRef).toEqual({ name: 'a' });
});

test('a run has no name, and the times that its tasks need', () => {
  const chart = newChart();
  const one = task(chart, 'one');
  const pipeline = new Pipeline(chart, 'pipeline');
  const first = pipeline.addTask('first', one, { timeout: Duration.minutes(10), retries: 1, serviceAccountName: 'a' });
  pipeline.addTask('second', one, { timeout: Duration.minutes(5), runAfter: [first] });
  pipeline.addTask('third', one, { timeout: Duration.minutes(1) });
  pipeline.addFinally('last', one, { timeout: Duration.minutes(2) });
  pipeline.addParam('revision', { defaultValue: '' });
  pipeline.addWorkspace('cache');
  new PipelineRun(chart, 'run', {
    pipeline,
    params: { revision: 7 },
    workspaces: { cache: WorkspaceBinding.volumeClaimTemplate({ storage: '1Gi' }).subPath('x') },
    serviceAccountName: 'others',
    taskRunSpecs: { first: { computeResources: { requests: { cpu: '1' } } } },
  });
  const run = manifest(chart, 'PipelineRun');
  expect(run.metadata).toEqual({ generateName: 'pipeline-', namespace: 'team' });
  expect(run.spec).toEqual({
    pipelineRef: { name: 'pipeline' },
    params: [{ name: 'revision', value: '7' }],
    workspaces: [
      {
        name: 'cache',
        subPath: 'x',
        volumeClaimTemplate: {
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
        },
      },
    ],
    timeouts: { pipeline: '27m', tasks: '25m', finally: '2m' },
    taskRunTemplate: { serviceAccountName: 'others' },
    taskRunSpecs: [
      { pipelineTaskName: 'first', serviceAccountName: 'a', computeResources: { requests: { cpu: '1' } } },
    ],
  });
});

test('a task without a timeout counts with the hour that Tekton gives it', () => {
  const chart = newChart();
  const pipeline = new Pipeline(chart, 'pipeline');
  pipeline.addTask('first', task(chart, 'one'));
  new PipelineRun(chart, 'run', { pipeline });
  expect(manifest(chart, 'PipelineRun').spec.timeouts).toEqual({ pipeline: '1h', tasks: '1h' });
});

test('volumes for workspaces', () => {
  const render = (binding: WorkspaceBinding) => binding._render('w');
  expect(render(WorkspaceBinding.emptyDir())).toEqual({ name: 'w', emptyDir: {} });
  expect(render(WorkspaceBinding.persistentVolumeClaim('a'))).toEqual({
    name: 'w',
    persistentVolumeClaim: { claimName: 'a' },
  });
  expect(render(WorkspaceBinding.secret('a'))).toEqual({ name: 'w', secret: { secretName: 'a' } });
  expect(render(WorkspaceBinding.configMap('a'))).toEqual({ name: 'w', configMap: { name: 'a' } });
  expect(render(WorkspaceBinding.custom({ csi: { driver: 'a' } }))).toEqual({ name: 'w', csi: { driver: 'a' } });
});

test('values that Tekton can not take are refused where they are given', () => {
  const chart = newChart();
  const pipeline = new Pipeline(chart, 'pipeline');
  const one = task(chart, 'one');
  expect(() => pipeline.addTask('a', one, { params: { input: undefined } })).toThrow(
    'chart/pipeline/a: param input is undefined; expected a string, a list of strings or a map of strings; fix: give input such a value, or leave it out',
  );
  expect(() => pipeline.addTask('b', one, { params: { input: [['deep']] } })).toThrow('param input is [["deep"]]');
  expect(() => pipeline.addTask('c', one, { retries: -1 })).toThrow(
    'chart/pipeline/c: retries is -1; expected a number of at least 0',
  );
  expect(() => pipeline.addTask('d', one, { retries: 1, onError: OnError.CONTINUE })).toThrow(
    'onError CONTINUE with 1 retries',
  );
  expect(() => pipeline.addTask('e', one, { workspaces: { 'a b': pipeline.addWorkspace('w') } })).toThrow(
    'chart/pipeline/e: the name of a workspace is "a b"; expected letters, digits, ".", "_" and "-"',
  );
  expect(() => pipeline.addTask('f', one, { params: { 'a b': '' } })).toThrow('the name of a param is "a b"');
  expect(() => pipeline.addTask('g', one, { serviceAccountName: '' })).toThrow('serviceAccountName is ""');
  expect(() => pipeline.addTask('h', one, { params: { input: 10n } })).toThrow('param input is 10; expected a string');
  expect(() => pipeline.addTask('j', one, { params: { input: Number.NaN } })).toThrow('param input is NaN; expected');
  expect(() => pipeline.addTask('i', one).resultElement('a', -1)).toThrow('the index of result a is -1');
  expect(() => When.isIn('a', [])).toThrow('When in a: no values; expected at least one; fix: add a value');
  expect(() => When.cel('')).toThrow('When.cel: the expression is ""; expected one in CEL; fix: write one, such as');
});

test('what people call things, and what things do', () => {
  const chart = newChart();
  const definition = new Task(chart, 'one', { displayName: 'One', description: 'Does one thing.' });
  definition.addStep('run', { image: 'example.com/tools:1' });
  definition.addResult('out');
  const pipeline = new Pipeline(chart, 'pipeline', { displayName: 'All' });
  const first = pipeline.addTask('first', definition, { displayName: 'First', description: 'Begins.' });
  pipeline.addTask('next', definition, { displayName: `After ${first.result('out')}`, workspaces: {}, when: [] });
  expect(manifest(chart, 'Task').spec).toMatchObject({ displayName: 'One', description: 'Does one thing.' });
  expect(manifest(chart, 'Pipeline').spec).toEqual({
    displayName: 'All',
    tasks: [
      { name: 'first', displayName: 'First', description: 'Begins.', taskRef: { kind: 'Task', name: 'one' } },
      {
        name: 'next',
        displayName: 'After $(tasks.first.results.out)',
        runAfter: ['first'],
        taskRef: { kind: 'Task', name: 'one' },
      },
    ],
  });
});

test('variables for what Tekton knows of a run are those that it knows', () => {
  const chart = newChart();
  const pipeline = new Pipeline(chart, 'pipeline');
  const { prototype: _, ...variables } = Context as any;
  pipeline.addTask('first', Task.fromName('any'), { params: { all: Object.values(variables) } });
  expect(Object.values(variables)).toContain('$(context.pipelineRun.uid)');
  expect(problems(chart)).toEqual([]);
});

test('patches of a run reach every field', () => {
  const chart = newChart();
  const run = new PipelineRun(chart, 'run', { pipeline: Pipeline.fromName('a'), generateName: 'mine-' });
  run.apiObject.addJsonPatch(JsonPatch.add('/spec/managedBy', 'example.com/me'));
  expect(manifest(chart, 'PipelineRun')).toEqual({
    apiVersion: 'tekton.dev/v1',
    kind: 'PipelineRun',
    metadata: { generateName: 'mine-', namespace: 'team' },
    spec: { managedBy: 'example.com/me', pipelineRef: { name: 'a' } },
  });
});
