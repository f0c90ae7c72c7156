import { Chart } from 'cdk8s';
import { Pipeline, PipelineRun, Task, Volume } from '../../lib';
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
  new PipelineRun(chart, 'one', { pipeline, metadata: { name: 'same' } });
  new PipelineRun(chart, 'two', { pipeline, metadata: { name: 'same' } });
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
  expect(() => task.addObjectParam('a.b', { keys: [] })).toThrow(
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
  expect(() => pipeline.addResult('-', { value: '' })).toThrow('chart/pipeline: the name of a result is "-"');
  expect(task.addParam('_A.b-c1').name).toBe('_A.b-c1');
  expect(task.addResult('IMAGE_URL').name).toBe('IMAGE_URL');
  expect(new Task(newChart(), `a.${'b'.repeat(61)}`).name).toHaveLength(63);
});
