import { tmpdir } from 'node:os';
import { App, Chart, JsonPatch } from 'cdk8s';
import { assert, property, shuffledSubarray } from 'fast-check';
import { Pipeline, PipelineRun, ResultType, Task, Volume, WorkspaceBinding } from '../../lib';
import { manifest, newChart, problems } from '../support/synth';

const step = { image: 'example.com/tools:1', command: ['true'] };

function newTask(chart: Chart, name = 'task'): Task {
  const task = new Task(chart, name);
  task.addStep('run', step);
  return task;
}

test('what is added to a Task after a Pipeline uses it counts', () => {
  const chart = newChart();
  const task = newTask(chart);
  const pipeline = new Pipeline(chart, 'pipeline');
  const first = pipeline.addTask('first', task);
  const second = pipeline.addTask('second', task, { params: { in: first.result('out') } });
  new PipelineRun(chart, 'run', { pipeline });
  expect(problems(chart)).toHaveLength(2);
  task.addParam('in', { defaultValue: '' });
  task.addResult('out');
  expect(problems(chart)).toEqual([]);
  expect(manifest(chart, 'Pipeline').spec.tasks[1]).toMatchObject({ name: 'second', runAfter: ['first'] });
  task.addWorkspace('source');
  expect(problems(chart)).toHaveLength(2);
  expect(second.name).toBe('second');
});

test('what is added to a Pipeline after a run uses it counts', () => {
  const chart = newChart();
  const pipeline = new Pipeline(chart, 'pipeline');
  const first = pipeline.addTask('first', newTask(chart));
  new PipelineRun(chart, 'run', { pipeline });
  expect(problems(chart)).toEqual([]);
  expect(manifest(chart, 'PipelineRun').spec.timeouts).toEqual({ pipeline: '1h', tasks: '1h' });
  pipeline.addTask('second', Task.fromName('any'), { serviceAccountName: 'me' }).addRunAfter(first);
  expect(manifest(chart, 'PipelineRun').spec).toMatchObject({
    timeouts: { pipeline: '2h', tasks: '2h' },
    taskRunSpecs: [{ pipelineTaskName: 'second', serviceAccountName: 'me' }],
  });
  pipeline.addParam('revision');
  expect(problems(chart)).toHaveLength(1);
});

test('an order that is added later is written', () => {
  const chart = newChart();
  const pipeline = new Pipeline(chart, 'pipeline');
  const [a, b] = ['a', 'b'].map((name) => pipeline.addTask(name, Task.fromName('any')));
  expect(pipeline.explain()).toBe('');
  a.addRunAfter(b);
  expect(pipeline.edges).toEqual([{ before: 'b', after: 'a', reasons: ['runAfter'] }]);
  expect(manifest(chart, 'Pipeline').spec.tasks.map((task: any) => task.name)).toEqual(['b', 'a']);
});

test('what the caller does to its own lists and maps afterwards changes nothing', () => {
  const chart = newChart();
  const keys = ['key'];
  const defaultValue = ['a'];
  const task = newTask(chart);
  task.addObjectParam('map', { keys });
  task.addArrayParam('list', { defaultValue });
  keys.push('more');
  defaultValue.push('b');
  const { params } = manifest(chart, 'Task').spec;
  expect(params[0].default).toEqual(['a']);
  expect(params[1].properties).toEqual({ key: { type: 'string' } });
  const pipeline = new Pipeline(chart, 'pipeline');
  pipeline.tasks.push(pipeline.addTask('first', Task.fromName('any')));
  expect(pipeline.tasks).toHaveLength(1);
});

test('what the caller does to values inside of them changes nothing, so nothing gets past the checks', () => {
  const chart = newChart();
  const task = new Task(chart, 'task', { stepTemplate: { env: { A: 'a' } } });
  const env: any = { A: 'a' };
  const securityContext = { capabilities: { drop: ['ALL'] } };
  const source = { projected: { sources: [] as any[] } };
  const definition = { ...step, env, securityContext };
  task.addStep('run', definition);
  task.addSidecar('beside', definition);
  task.addVolume(Volume.custom('v', source));
  const pipeline = new Pipeline(chart, 'pipeline');
  const params: any = { list: ['a'], map: { a: 'a' } };
  const matrix = { params: { x: ['a'] } };
  pipeline.addTask('first', Task.fromName('any'), { params, matrix });
  const binding = { csi: { driver: 'a' } };
  const taskRunSpecs: any = { first: { podTemplate: { nodeSelector: { a: 'a' } } } };
  const workspaces = { w: WorkspaceBinding.custom(binding) };
  new PipelineRun(chart, 'run', { pipeline: Pipeline.fromName('any'), params, workspaces, taskRunSpecs });
  const app = chart.node.root as App;
  const before = app.synthYaml();
  env['A=B'] = {};
  securityContext.capabilities.drop.push('x');
  source.projected.sources.push({});
  params.list.push({});
  params.map.a = {};
  matrix.params.x.push('b');
  binding.csi.driver = 'b';
  taskRunSpecs.first.podTemplate.nodeSelector.a = 'b';
  expect(app.synthYaml()).toBe(before);
});

test('all problems of all charts are in one message, each of them once', () => {
  const app = new App({ outdir: tmpdir() });
  const charts = ['a', 'b'].map((name) => new Chart(app, name, { namespace: name }));
  for (const chart of charts) {
    new Task(chart, 'task');
    new Pipeline(chart, 'pipeline');
    new PipelineRun(chart, 'run', { pipeline: Pipeline.fromName('pipeline'), generateName: 'x-' });
  }
  const codes = (message: string) => message.match(/\([a-z-]+\)$/gm);
  const each = ['(step-command)', '(finally-reference)'];
  for (const synth of [() => app.synthYaml(), () => app.synth()]) {
    let message = '';
    try {
      synth();
    } catch (error) {
      message = (error as Error).message;
    }
    expect(codes(message)).toEqual([...each, ...each]);
  }
});

const NAMES = ['a', 'b', 'c', 'd'];

/** An app in which everything is declared in the given order. */
function shuffled(names: readonly string[]): string {
  const app = new App();
  const chart = new Chart(app, 'chart', { namespace: 'team' });
  const task = new Task(chart, 'task');
  const pipeline = new Pipeline(chart, 'pipeline');
  for (const name of names) {
    task.addParam(name, { defaultValue: name });
    task.addArrayParam(`list-${name}`, { defaultValue: [] });
    task.addResult(name);
    task.addWorkspace(name);
    task.addVolume(Volume.emptyDir(name));
    pipeline.addParam(name, { defaultValue: name });
    pipeline.addWorkspace(name);
    pipeline.addResult(name, { value: '$(tasks.a.results.a)' });
  }
  task.addStep('run', { ...step, results: { one: ResultType.STRING } });
  const from = (value: (name: string) => any) => Object.fromEntries(names.map((name) => [name, value(name)]));
  const workspaces = from((name) => pipeline.addWorkspace(`w-${name}`));
  for (const name of names) {
    const before = String.fromCharCode(name.charCodeAt(0) - 1);
    const text = name === 'a' ? '' : `$(tasks.a.results.a) $(tasks.${before}.results.b)`;
    pipeline.addTask(name, task, { params: from(() => text), workspaces, serviceAccountName: name });
    pipeline.addFinally(`last-${name}`, task, { workspaces });
  }
  new PipelineRun(chart, 'run', {
    pipeline,
    params: from(() => ''),
    workspaces: Object.fromEntries(
      names.flatMap((name) => [`w-${name}`, name]).map((name) => [name, WorkspaceBinding.emptyDir()]),
    ),
    taskRunSpecs: from(() => ({ computeResources: { requests: { cpu: '1' } } })),
  });
  return app.synthYaml();
}

test('the same app gives the same bytes in whichever order things are declared', () => {
  const expected = shuffled(NAMES);
  expect(expected).toContain('- name: last-d');
  assert(
    property(shuffledSubarray(NAMES, { minLength: NAMES.length }), (names) => {
      expect(shuffled(names)).toBe(expected);
    }),
    { numRuns: 24 },
  );
});

test('an app can be written again, with the same result', () => {
  const chart = newChart();
  const task = newTask(chart);
  const pipeline = new Pipeline(chart, 'pipeline');
  pipeline.addTask('first', task);
  const app = chart.node.root as App;
  expect(app.synthYaml()).toBe(app.synthYaml());
});

test('patches reach fields that the library does not know, in Pipelines as well', () => {
  const chart = newChart();
  const pipeline = new Pipeline(chart, 'pipeline');
  pipeline.addTask('first', Task.fromName('any'));
  pipeline.apiObject.addJsonPatch(
    JsonPatch.add('/spec/tasks/0/displayName', 'First'),
    JsonPatch.add('/spec/fromTheFuture', { deep: [{ a: 1 }] }),
    JsonPatch.replace('/apiVersion', 'tekton.dev/v1beta1'),
  );
  expect(manifest(chart, 'Pipeline')).toEqual({
    apiVersion: 'tekton.dev/v1beta1',
    kind: 'Pipeline',
    metadata: { name: 'pipeline', namespace: 'team' },
    spec: {
      tasks: [{ name: 'first', displayName: 'First', taskRef: { kind: 'Task', name: 'any' } }],
      fromTheFuture: { deep: [{ a: 1 }] },
    },
  });
});

test('what params are for is written', () => {
  const chart = newChart();
  const task = newTask(chart);
  task.addParam('a', { description: 'A' });
  task.addArrayParam('b', { description: 'B' });
  task.addObjectParam('c', { keys: ['k'], description: 'C' });
  expect(manifest(chart, 'Task').spec.params.map((param: any) => param.description)).toEqual(['A', 'B', 'C']);
});
