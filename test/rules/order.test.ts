import { Chart } from 'cdk8s';
import { Pipeline, type PipelineTask, Task } from '../../lib';
import { cyclesIn, longestPath, topologicalOrder, transitiveReduction } from '../../lib/rules/graph';
import { manifest, newChart, problems } from '../support/synth';

function newPipeline() {
  const chart = newChart();
  const task = new Task(chart, 'task');
  task.addParam('in', { defaultValue: '' });
  task.addResult('out');
  task.addStep('run', { image: 'example.com/tools:1', command: ['true'] });
  const pipeline = new Pipeline(chart, 'pipeline');
  const use = (name: string, text = '') => pipeline.addTask(name, task, { params: { in: text } });
  const last = (name: string, text = '') => pipeline.addFinally(name, task, { params: { in: text } });
  return { pipeline, use, last, found: () => problems(chart) };
}

function edges(...names: string[]) {
  return names.map(([from, to]) => ({ from, to, reasons: [] }));
}

test.each(['$(tasks.first.status)', '$(tasks.first.reason)', '$(tasks.status)'])(
  '%s is known under finally only',
  (variable) => {
    const { use, last, found } = newPipeline();
    use('first');
    last('good', variable);
    expect(found()).toEqual([]);
    use('bad', variable);
    expect(found()).toEqual([
      `chart/pipeline/bad: param in uses ${variable}; expected the status of a task in finally tasks only; fix: use addFinally (finally-reference)`,
    ]);
  },
);

test('a param that is called like a task makes no edge', () => {
  const { pipeline, use } = newPipeline();
  use('first');
  const param = pipeline.addObjectParam('first', { keys: ['results'] });
  use('second', param.key('results'));
  expect(pipeline.explain()).toBe('');
});

test('a task may be called "status", and have its results used', () => {
  const { use, found } = newPipeline();
  use('second', use('status').result('out'));
  expect(found()).toEqual([]);
});

test.each(['use', 'last'] as const)(
  'results of a finally task are for the results of the Pipeline alone: %s',
  (kind) => {
    const { pipeline, found, ...add } = newPipeline();
    add.use('first');
    add.last('cleanup');
    pipeline.addResult('out', { value: '$(finally.cleanup.results.out)' });
    expect(found()).toEqual([]);
    add[kind]('bad', '$(finally.cleanup.results.out)');
    expect(found()).toEqual([
      'chart/pipeline/bad: param in uses $(finally.cleanup.results.out); expected results of finally tasks in the results of the pipeline only, because finally tasks run at the same time; fix: move the step that needs it into the same task (finally-reference)',
    ]);
  },
);

test('a Pipeline needs a task that is not under finally', () => {
  const { use, last, found } = newPipeline();
  last('only');
  expect(found()).toEqual([
    'chart/pipeline: a Pipeline without tasks; expected at least one task beside those under finally; fix: add one with addTask (finally-reference)',
  ]);
  use('first');
  expect(found()).toEqual([]);
});

test('runAfter names tasks of the same Pipeline that are not under finally, and not the task itself', () => {
  const { use, last, found } = newPipeline();
  const first = use('first');
  const cleanup = last('cleanup');
  use('second').addRunAfter(first);
  expect(found()).toEqual([]);
  use('third').addRunAfter(cleanup);
  expect(found()).toEqual([
    'chart/pipeline/third: runAfter names the task "cleanup", which is under finally; expected tasks that are not under finally, because those run last; fix: remove it, or add the task with addFinally (finally-reference)',
  ]);
});

test('a task that is put after itself is a cycle, and nothing else', () => {
  const { use, found } = newPipeline();
  const first = use('first');
  first.addRunAfter(first);
  expect(found()).toEqual([
    'chart/pipeline: the cycle first → first (first runs after first: runAfter); expected tasks that can be put in an order; fix: remove one of these references, or split a task in two (task-cycle)',
  ]);
});

test('two tasks of one name are no cycle', () => {
  const { use, found } = newPipeline();
  use('same', use('same').result('out'));
  expect(found()).toEqual([expect.stringContaining('the task "same" more than once')]);
});

test.each(['use', 'last'] as const)('the result of a finally task is not taken for that of another: %s', (kind) => {
  const { found, ...add } = newPipeline();
  add.use('first');
  const cleanup = add.last('cleanup');
  expect(cleanup.result('out')).toBe('$(finally.cleanup.results.out)');
  add[kind]('bad', '$(tasks.cleanup.results.out)');
  expect(found()).toEqual([
    'chart/pipeline/bad: param in uses $(tasks.cleanup.results.out); expected results of finally tasks in the results of the pipeline only, because finally tasks run at the same time; fix: move the step that needs it into the same task (finally-reference)',
  ]);
});

test('what finally tasks use is explained, and makes no runAfter', () => {
  const { pipeline, use, last } = newPipeline();
  const first = use('first');
  last('report', `${first.result('out')} ${first.status} ${first.statusReason} ${pipeline.tasksStatus}`);
  expect(pipeline.explain()).toBe(
    'report runs after first: param in uses $(tasks.first.reason), param in uses $(tasks.first.status), param in uses result first.out',
  );
  expect(manifest(Chart.of(pipeline), 'Pipeline').spec.finally[0].runAfter).toBeUndefined();
});

test('a task that waits for itself is a cycle', () => {
  const { use, found } = newPipeline();
  use('first', '$(tasks.first.results.out)');
  expect(found()).toEqual([
    'chart/pipeline: the cycle first → first (first runs after first: param in uses result first.out); expected tasks that can be put in an order; fix: remove one of these references, or split a task in two (task-cycle)',
  ]);
});

test('all cycles are reported, each with the reasons for every step, and what only waits for them is not', () => {
  const { use, found } = newPipeline();
  const tasks: { [name: string]: PipelineTask } = {};
  for (const name of ['d', 'c', 'b', 'a']) {
    tasks[name] = use(name, name === 'a' ? '$(tasks.b.results.out)' : '');
  }
  tasks.b.addRunAfter(tasks.a);
  tasks.c.addRunAfter(tasks.d);
  tasks.d.addRunAfter(tasks.c);
  use('e').addRunAfter(tasks.d);
  const rest =
    'expected tasks that can be put in an order; fix: remove one of these references, or split a task in two (task-cycle)';
  expect(found()).toEqual([
    `chart/pipeline: the cycle a → b → a (b runs after a: runAfter; a runs after b: param in uses result b.out); ${rest}`,
    `chart/pipeline: the cycle c → d → c (d runs after c: runAfter; c runs after d: runAfter); ${rest}`,
  ]);
});

test('a cycle is the shortest one and begins with its first task, and every edge of a cycle is in one', () => {
  expect(cyclesIn(['a', 'b', 'c'], edges('ab', 'bc', 'ca', 'ba'))).toEqual([
    ['a', 'b', 'a'],
    ['a', 'b', 'c', 'a'],
  ]);
  expect(cyclesIn(['x', 'y', 'z'], edges('yx', 'zx', 'xy', 'xz'))).toEqual([
    ['x', 'y', 'x'],
    ['x', 'z', 'x'],
  ]);
  expect(cyclesIn(['a', 'b', 'c', 'x'], edges('ax', 'xa', 'bx', 'xb', 'bc', 'cb'))).toEqual([
    ['a', 'x', 'a'],
    ['b', 'c', 'b'],
    ['b', 'x', 'b'],
  ]);
  expect(cyclesIn(['a', 'b', 'c', 'd'], edges('ab', 'bc', 'cd', 'db'))).toEqual([['b', 'c', 'd', 'b']]);
});

test('tasks that could stand in either order are sorted by name, and those on a cycle are left out', () => {
  expect(topologicalOrder(['c', 'b', 'a'], edges('ca'))).toEqual(['b', 'c', 'a']);
  expect(topologicalOrder(['a', 'b', 'c', 'd'], edges('ab', 'ba', 'bc'))).toEqual(['d']);
});

test('an edge that follows from others is left out, however long the way is', () => {
  expect([...transitiveReduction(['a', 'b', 'c', 'd'], edges('ab', 'bc', 'cd', 'ad', 'ac'))]).toEqual([
    ['a', []],
    ['b', ['a']],
    ['c', ['b']],
    ['d', ['c']],
  ]);
});

test('the longest way goes by weight, not by number of tasks', () => {
  const weights: { [name: string]: number } = { a: 1, b: 1, c: 5, d: 1 };
  expect(longestPath(['a', 'b', 'c', 'd'], edges('ab', 'bd', 'cd'), (name) => weights[name])).toEqual({
    path: ['c', 'd'],
    sum: 6,
  });
  expect(longestPath([], [], () => 1)).toEqual({ path: [], sum: 0 });
});
