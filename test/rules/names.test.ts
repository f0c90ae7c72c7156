import { Chart } from 'cdk8s';
import { Pipeline, PipelineRun, Resolver, Task, Volume } from '../../lib';
import { newChart, problems } from '../support/synth';

const step = { image: 'example.com/tools:1', command: ['true'] };

function newTask(chart: Chart, id = 'task'): Task {
  const task = new Task(chart, id);
  task.addStep('run', step);
  return task;
}

function twice(path: string, what: string, name: string): string[] {
  return [
    `${path}: the ${what} "${name}" more than once; expected every ${what} to have a name of its own; fix: rename or remove one of them (duplicate-name)`,
  ];
}

const IN_TASK: [what: string, add: (task: Task, name: string) => void][] = [
  ['param', (task, name) => task.addParam(name)],
  ['result', (task, name) => task.addResult(name)],
  ['workspace', (task, name) => task.addWorkspace(name)],
  ['volume', (task, name) => task.addVolume(Volume.emptyDir(name))],
  ['step', (task, name) => task.addStep(name, step)],
  ['sidecar', (task, name) => task.addSidecar(name, step)],
];

test.each(IN_TASK)('a Task has every %s once, however often it is added', (what, add) => {
  const chart = newChart();
  const task = newTask(chart);
  add(task, 'same');
  expect(problems(chart)).toEqual([]);
  add(task, 'same');
  expect(problems(chart)).toEqual(twice('chart/task', what, 'same'));
  add(task, 'same');
  expect(problems(chart)).toEqual(twice('chart/task', what, 'same'));
});

test('only the names of params are the same in another case', () => {
  const chart = newChart();
  const task = newTask(chart);
  task.addResult('same');
  task.addResult('SAME');
  expect(problems(chart)).toEqual([]);
  task.addParam('same');
  task.addParam('SAME');
  expect(problems(chart)).toEqual(twice('chart/task', 'param', 'SAME'));
});

test('things of different kinds may share a name', () => {
  const chart = newChart();
  const task = newTask(chart);
  for (const [, add] of IN_TASK) {
    add(task, 'same');
  }
  expect(problems(chart)).toEqual([]);
});

const IN_PIPELINE: [what: string, add: (pipeline: Pipeline, name: string) => void][] = [
  ['param', (pipeline, name) => pipeline.addParam(name)],
  ['workspace', (pipeline, name) => pipeline.addWorkspace(name)],
  ['result', (pipeline, name) => pipeline.addResult(name, { value: '$(tasks.first.results.x)' })],
  ['task', (pipeline, name) => pipeline.addTask(name, Task.fromName('any'))],
];

test.each(IN_PIPELINE)('a Pipeline has every %s once', (what, add) => {
  const chart = newChart();
  const pipeline = new Pipeline(chart, 'pipeline');
  pipeline.addTask('first', Task.fromName('any'));
  add(pipeline, 'same');
  expect(problems(chart)).toEqual([]);
  add(pipeline, 'same');
  expect(problems(chart)).toEqual(twice('chart/pipeline', what, 'same'));
});

const KINDS: [kind: string, make: (chart: Chart, id: string, name: string) => void][] = [
  ['Task', (chart, id, name) => new Task(chart, id, { metadata: { name } }).addStep('run', step)],
  [
    'Pipeline',
    (chart, id, name) => new Pipeline(chart, id, { metadata: { name } }).addTask('first', Task.fromName('any')),
  ],
];

test.each(KINDS)('a %s of one name exists once in a namespace, whichever chart it is in', (kind, make) => {
  const chart = newChart();
  make(chart, 'one', 'same');
  make(new Chart(chart.node.root, 'far', { namespace: 'far' }), 'two', 'same');
  expect(problems(chart)).toEqual([]);
  make(new Chart(chart.node.root, 'near', { namespace: 'team' }), 'three', 'same');
  expect(problems(chart)).toEqual([
    `near/three: the ${kind} "same", which chart/one defines as well; expected one definition of each object in a namespace; fix: give one of them another name or id, or use the one construct in both places (duplicate-object)`,
  ]);
});

test('objects of different kinds may share a name, and so may runs, which get theirs in the cluster', () => {
  const chart = newChart();
  new Task(chart, 'task', { metadata: { name: 'same' } }).addStep('run', step);
  const pipeline = new Pipeline(chart, 'pipeline', { metadata: { name: 'same' } });
  pipeline.addTask('first', Task.fromName('any'));
  new PipelineRun(chart, 'one', { pipeline, generateName: 'same-' });
  new PipelineRun(chart, 'two', { pipeline, generateName: 'same-' });
  expect(problems(chart)).toEqual([]);
});

test('the same names in another app are none of its business', () => {
  const charts = [newChart(), newChart()];
  for (const chart of charts) {
    newTask(chart);
  }
  expect(charts.map(problems)).toEqual([[], []]);
});

test('names are refused that Tekton would refuse, and those that it takes are not', () => {
  const task = new Task(newChart(), 'task');
  const pipeline = new Pipeline(newChart(), 'pipeline');
  expect(() => task.addObjectParam('a.b', { keys: ['k'] })).toThrow(
    'chart/task: the name of an object param is "a.b"; expected letters, digits, "_" and "-", beginning with a letter or "_"; fix: give the name of an object param another value',
  );
  expect(() => task.addObjectParam('a', { keys: ['b.c'] })).toThrow(
    'chart/task/a: the key of an object is "b.c"; expected letters, digits, "_" and "-", beginning with a letter or "_"',
  );
  expect(() => task.addStep('a', { image: 'a', results: { 'b.c': 'string' as any } })).toThrow(
    'chart/task/a: the name of a result is "b.c"; expected letters, digits, "_" and "-", with a letter or digit at both ends',
  );
  expect(() => task.addSidecar('A', { image: 'a' })).toThrow('chart/task: the name of a sidecar is "A"');
  expect(() => Volume.emptyDir('A')).toThrow('Volume A: its name is "A"');
  expect(() => pipeline.addWorkspace('A')).toThrow('chart/pipeline: the name of a workspace is "A"');
  expect(() => pipeline.addResult('-', { value: '$(tasks.a.results.b)' })).toThrow(
    'chart/pipeline: the name of a result is "-"',
  );
  expect(task.addParam('_A.b-c1').name).toBe('_A.b-c1');
  expect(task.addResult('IMAGE_URL').name).toBe('IMAGE_URL');
  expect(new Task(newChart(), `a.${'b'.repeat(61)}`).name).toHaveLength(63);
});

const NAME = '$(params.x)';
test.each<[what: string, declare: (task: Task, pipeline: Pipeline) => unknown]>([
  ['a param', (task) => task.addParam(NAME)],
  ['a param', (_task, pipeline) => pipeline.addArrayParam(NAME)],
  ['an object param', (task) => task.addObjectParam(NAME, { keys: ['k'] })],
  ['a result', (task) => task.addResult(NAME)],
  ['a result', (task) => task.addObjectResult(NAME, { keys: ['k'] })],
  ['a result', (_task, pipeline) => pipeline.addResult(NAME, { value: '$(tasks.a.results.b)' })],
  ['a step', (task) => task.addStep(NAME, step)],
  ['a sidecar', (task) => task.addSidecar(NAME, step)],
  ['a workspace', (task) => task.addWorkspace(NAME)],
  ['a workspace', (_task, pipeline) => pipeline.addWorkspace(NAME)],
  ['a task', (task, pipeline) => pipeline.addTask(NAME, task)],
  ['a Task', (task) => new Task(task, 'other', { metadata: { name: NAME } })],
])('what is declared has its name now: %s', (what, declare) => {
  const chart = newChart();
  expect(() => declare(newTask(chart), new Pipeline(chart, 'pipeline'))).toThrow(`the name of ${what} is "${NAME}"`);
});

test.each([Task.fromName, Pipeline.fromName])('what exists elsewhere has a name that it can have', (fromName) => {
  for (const name of ['', 'UPPER', 'a b', 'a'.repeat(64), NAME]) {
    expect(() => fromName(name)).toThrow(`.fromName: the name is "${name}"; expected at most 63 lower-case letters`);
  }
});

test.each<[params: any, make: (params: any) => Resolver, message: string]>([
  [
    { name: '', namespace: 'a' },
    Resolver.cluster,
    'Resolver cluster: name is ""; expected a value; fix: give name one',
  ],
  [
    { name: 'a', namespace: 'b', kind: 'job' },
    Resolver.cluster,
    'Resolver cluster: kind is "job"; expected one of task, pipeline',
  ],
  [{ url: '', revision: 'a', pathInRepo: 'b' }, Resolver.git, 'Resolver git: url is ""'],
  [{ url: '' }, Resolver.http, 'Resolver http: url is ""'],
  [{}, (params) => Resolver.custom('', params), 'Resolver : its name is ""; expected at most 63 lower-case letters'],
  [{ a: 1 }, (params) => Resolver.custom('x', params), 'Resolver x: a is 1; expected a value'],
])('a resolver is not told %j', (params, make, message) => {
  expect(() => make(params)).toThrow(message);
});
