import { Duration } from 'cdk8s';
import { Pipeline, PipelineRun, type PipelineTaskProps, ResultType, Task, WorkspaceBinding } from '../../lib';
import { newChart, problems } from '../support/synth';

/** A Task with something of every type, a Pipeline to use it in, and what is wrong with the use. */
function use(props: PipelineTaskProps, prepare: (task: Task, pipeline: Pipeline) => void = () => undefined): string[] {
  const chart = newChart();
  const task = new Task(chart, 'task');
  task.addParam('text', { defaultValue: '' });
  task.addArrayParam('list', { defaultValue: [] });
  task.addObjectParam('map', { keys: ['key'], defaultValue: { key: '' } });
  task.addResult('out');
  task.addResult('items', { type: ResultType.ARRAY });
  task.addObjectResult('pair', { keys: ['key', 'more'] });
  task.addStep('run', { image: 'example.com/tools:1', command: ['true'] });
  const pipeline = new Pipeline(chart, 'pipeline');
  pipeline.addParam('text');
  pipeline.addArrayParam('list');
  pipeline.addObjectParam('map', { keys: ['key'] });
  pipeline.addTask('first', task);
  pipeline.addTask('foreign', Task.fromName('foreign'));
  prepare(task, pipeline);
  pipeline.addTask('use', task, props);
  return problems(chart);
}

const FITTING: [param: string, value: any][] = [
  ['text', 'a'],
  ['text', ''],
  ['text', 0],
  ['text', false],
  ['text', '$(params.text)'],
  ['text', '$(params.list[0])'],
  ['text', '$(params.map.key)'],
  ['list', []],
  ['list', ['a', '$(params.text)']],
  ['list', '$(params.list[*])'],
  ['list', '$(tasks.first.results.items[*])'],
  ['list', '$(tasks.foreign.results.any[*])'],
  ['map', { key: 'a' }],
  ['map', '$(params.map[*])'],
  ['map', '$(tasks.first.results.pair[*])'],
  ['map', '$(tasks.foreign.results.any[*])'],
];

test.each(FITTING)('the param "%s" takes %j', (param, value) => {
  expect(use({ params: { [param]: value } })).toEqual([]);
});

const AS_LIST = 'write it as a list, or as one variable that ends in [*]';
const AS_TEXT = "give it as string, or change the param's type";
const AS_MAP = "give it as object, or change the param's type";
const MISFIT: [param: string, value: any, given: string, wanted: string, fix: string][] = [
  ['text', ['a'], 'array', 'string', AS_TEXT],
  ['text', { key: 'a' }, 'object', 'string', AS_TEXT],
  ['text', '$(params.list[*])', 'array', 'string', AS_TEXT],
  ['text', '$(params.map[*])', 'object', 'string', AS_TEXT],
  ['text', '$(tasks.first.results.items[*])', 'array', 'string', AS_TEXT],
  ['text', '$(tasks.foreign.results.any[*])', 'array', 'string', AS_TEXT],
  ['list', 'a', 'string', 'array', AS_LIST],
  ['list', '$(params.text)', 'string', 'array', AS_LIST],
  ['list', '$(params.map[*])', 'object', 'array', AS_LIST],
  ['list', '$(tasks.first.results.pair[*])', 'object', 'array', AS_LIST],
  ['map', ['a'], 'array', 'object', AS_MAP],
  ['map', '$(params.list[*])', 'array', 'object', AS_MAP],
];

test.each(MISFIT)('the param "%s" does not take %j', (param, value, given, wanted, fix) => {
  expect(use({ params: { [param]: value } })).toEqual([
    `chart/pipeline/use: a value of type ${given} for the param "${param}" of Task task; expected a value of type ${wanted}; fix: ${fix} (param-binding)`,
  ]);
});

test('a param gets its values from params or from the matrix, not from both', () => {
  expect(use({ matrix: { params: { text: ['a', 'b'] }, include: [{ params: { text: 'c' } }] } })).toEqual([]);
  const both = [
    'chart/pipeline/use: values for "text" in params and in the matrix; expected one of the two; fix: remove text from params, or from the matrix (param-binding)',
  ];
  expect(use({ params: { text: 'a' }, matrix: { params: { text: ['b'] } } })).toEqual(both);
  expect(use({ params: { text: 'a' }, matrix: { include: [{ params: { text: 'b' } }] } })).toEqual(both);
});

test('a matrix gives a param without default its value, and gives none that the Task does not have', () => {
  const required = (_task: Task, pipeline: Pipeline) => {
    const other = new Task(pipeline, 'other');
    other.addParam('a');
    other.addParam('b');
    other.addStep('run', { image: 'example.com/tools:1', command: ['true'] });
    pipeline.addTask('other', other, { matrix: { params: { a: ['1'] }, include: [{ params: { b: '2' } }] } });
  };
  expect(use({}, required)).toEqual([]);
  expect(use({ matrix: { params: { txt: ['a'] } } })).toEqual([
    'chart/pipeline/use: a value for "txt", which is no param of Task task; expected one of the params: list, map, text; fix: did you mean "text"? (param-binding)',
  ]);
});

test('results of a task with a matrix are used all together', () => {
  const matrixed = (task: Task, pipeline: Pipeline) => {
    pipeline.addTask('many', task, { matrix: { params: { text: ['a', 'b'] } } });
  };
  expect(use({ params: { list: '$(tasks.many.results.out[*])' } }, matrixed)).toEqual([]);
  expect(use({ params: { text: '$(tasks.many.matrix.length)' } }, matrixed)).toEqual([]);
  expect(use({ params: { text: '$(tasks.first.results.out)' } }, matrixed)).toEqual([]);
  expect(use({ params: { text: '$(tasks.many.results.out)' } }, matrixed)).toEqual([
    'chart/pipeline/use: param text uses $(tasks.many.results.out), but task many has a matrix; expected the results of all its runs, as an array; fix: give $(tasks.many.results.out[*]) to an array param (matrix-result)',
  ]);
});

test('a workspace that a Task does not have, or a Pipeline, is not bound', () => {
  const declare = (task: Task, pipeline: Pipeline) => {
    task.addWorkspace('source', { optional: true });
    pipeline.addWorkspace('shared');
  };
  const other = new Pipeline(newChart(), 'other');
  expect(use({ workspaces: { source: other.addWorkspace('shared') } }, declare)).toEqual([]);
  expect(use({ workspaces: { sources: other.addWorkspace('shared') } }, declare)).toEqual([
    'chart/pipeline/use: the workspace "sources", which Task task does not declare; expected one of the workspaces: source; fix: did you mean "source"? (workspace-binding)',
  ]);
  expect(use({ workspaces: { source: other.addWorkspace('share') } }, declare)).toEqual([
    'chart/pipeline/use: the workspace "share" for "source", which this pipeline does not declare; expected one of the workspaces: shared; fix: did you mean "shared"? (workspace-binding)',
  ]);
});

test('a workspace that a Task needs is not an optional one', () => {
  const chart = newChart();
  const task = new Task(chart, 'task');
  task.addWorkspace('needed');
  task.addWorkspace('wanted', { optional: true });
  task.addStep('run', { image: 'example.com/tools:1', command: ['true'] });
  const pipeline = new Pipeline(chart, 'pipeline');
  const sure = pipeline.addWorkspace('sure');
  const unsure = pipeline.addWorkspace('unsure', { optional: true });
  pipeline.addTask('good', task, { workspaces: { needed: sure, wanted: unsure } });
  new PipelineRun(chart, 'run', { pipeline, workspaces: { sure: WorkspaceBinding.emptyDir() } });
  expect(problems(chart)).toEqual([]);
  pipeline.addTask('bad', task, { workspaces: { needed: unsure } });
  expect(problems(chart)).toEqual([
    'chart/pipeline/bad: the optional workspace "unsure" for "needed", which Task task needs; expected a workspace that is optional in both or in neither; fix: make needed optional in the Task, or unsure not optional in the pipeline (workspace-binding)',
  ]);
});

test('a run is checked only against a Pipeline of this app', () => {
  const chart = newChart();
  new PipelineRun(chart, 'run', {
    pipeline: Pipeline.fromName('elsewhere'),
    params: { any: 'a' },
    workspaces: { any: WorkspaceBinding.emptyDir() },
    metadata: { namespace: 'far' },
    timeout: Duration.minutes(1),
  });
  expect(problems(chart)).toEqual([]);
});

test('a run gives a list for an array', () => {
  const chart = newChart();
  const pipeline = new Pipeline(chart, 'pipeline');
  pipeline.addArrayParam('list');
  pipeline.addTask('first', Task.fromName('any'));
  new PipelineRun(chart, 'good', { pipeline, params: { list: ['a'] } });
  new PipelineRun(chart, 'bad', { pipeline, params: { list: 'a' } });
  expect(problems(chart)).toEqual([
    `chart/bad: a value of type string for the param "list" of Pipeline pipeline; expected a value of type array; fix: ${AS_LIST} (param-binding)`,
  ]);
});

test('an object has a value for each of its keys, given or by default', () => {
  const keys = (prepare: (task: Task, pipeline: Pipeline) => void, map: any) => {
    return use({ params: { map } }, (task, pipeline) => {
      const other = new Task(pipeline, 'other');
      other.addObjectParam('all', { keys: ['a', 'b'] });
      other.addObjectParam('some', { keys: ['a', 'b'], defaultValue: { a: '' } });
      other.addStep('run', { image: 'example.com/tools:1', command: ['true'] });
      prepare(other, pipeline);
      void task;
    }).map((each) => each.replace('chart/pipeline/', ''));
  };
  const bind = (params: any) => keys((task, pipeline) => pipeline.addTask('other', task, { params }), { key: 'a' });
  const rest = (key: string, param: string) =>
    `expected a value for each of the keys: a, b; fix: add ${key} to the value of ${param} (param-binding)`;
  expect(bind({ all: { a: '', b: '' }, some: { b: '' } })).toEqual([]);
  expect(bind({ all: { a: '' }, some: { a: '' } })).toEqual([
    `other: no value for the key "b" of the param "all" of Task other; ${rest('b', 'all')}`,
    `other: no value for the key "b" of the param "some" of Task other; ${rest('b', 'some')}`,
  ]);
  expect(bind({ all: { a: '', b: '' } })).toEqual([
    `other: no value for the key "b" of the param "some" of Task other; ${rest('b', 'some')}`,
  ]);
  expect(bind({ all: { a: '', b: '', bb: '' }, some: { b: '' } })).toEqual([
    'other: a value for "bb", which is no key of the param "all" of Task other; expected one of the keys: a, b; fix: did you mean "b"? (param-binding)',
  ]);
  expect(bind({ all: '$(params.map[*])', some: '$(tasks.first.results.pair[*])' })).toEqual([
    `other: no value for the key "a" of the param "all" of Task other; ${rest('a', 'all')}`,
    `other: no value for the key "b" of the param "all" of Task other; ${rest('b', 'all')}`,
    `other: no value for the key "b" of the param "some" of Task other; ${rest('b', 'some')}`,
  ]);
});

test('a run gives all keys of an object', () => {
  const chart = newChart();
  const pipeline = new Pipeline(chart, 'pipeline');
  pipeline.addObjectParam('map', { keys: ['a', 'b'] });
  pipeline.addTask('first', Task.fromName('any'));
  new PipelineRun(chart, 'good', { pipeline, params: { map: { a: 1, b: '' } } });
  new PipelineRun(chart, 'bad', { pipeline, params: { map: { a: '' } } });
  expect(problems(chart)).toEqual([
    'chart/bad: no value for the key "b" of the param "map" of Pipeline pipeline; expected a value for each of the keys: a, b; fix: add b to the value of map (param-binding)',
  ]);
});

test('the param that is missing is the one that was meant', () => {
  const chart = newChart();
  const task = new Task(chart, 'task');
  task.addParam('host', { defaultValue: '' });
  task.addParam('port');
  task.addStep('run', { image: 'example.com/tools:1', command: ['true'] });
  new Pipeline(chart, 'pipeline').addTask('a', task, { params: { hort: '' } });
  expect(problems(chart)[1]).toContain('did you mean "port"?');
});

test('a param that is declared twice has its other problems once', () => {
  const chart = newChart();
  const task = new Task(chart, 'task');
  task.addParam('a');
  task.addParam('a');
  task.addStep('run', { image: 'example.com/tools:1', command: ['true'] });
  new Pipeline(chart, 'pipeline').addTask('use', task);
  expect(problems(chart)).toHaveLength(2);
});
