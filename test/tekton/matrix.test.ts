import { Pipeline, ResultType, Task } from '../../lib';
import { manifest, newChart, problems } from '../support/synth';

const any = Task.fromName('any');
const many = (count: number) => Array.from({ length: count }, (_, i) => String(i));

test.each<[matrix: any, message: string]>([
  [{}, 'matrix is {}; expected params or include; fix: give it a list of values, or leave the matrix out'],
  [{ include: [] }, 'matrix is {"include":[]}; expected params or include'],
  [
    { params: { v: undefined } },
    'matrix param v is undefined; expected a list of strings, or a variable for a whole array; fix: give v a list',
  ],
  [{ params: { v: 'a' } }, 'matrix param v is "a"; expected a list of strings'],
  [{ params: { v: '$(params.a)' } }, 'matrix param v is "$(params.a)"; expected a list'],
  [{ params: { v: 'x$(params.a[*])' } }, 'matrix param v is "x$(params.a[*])"; expected a list'],
  [{ params: { v: [['a']] } }, 'matrix param v is [["a"]]; expected a list'],
  [{ params: { v: [undefined] } }, 'matrix param v is [null]; expected a list'],
  [{ params: { v: { a: 'b' } } }, 'matrix param v is {"a":"b"}; expected a list'],
  [
    { include: [{ name: 'a' }] },
    'an include of the matrix is {"name":"a"}; expected params, each of them a string; fix: write params: { NAME: VALUE }',
  ],
  [{ include: [{ params: { v: ['a'] } }] }, 'an include of the matrix is {"params":{"v":["a"]}}; expected params'],
  [
    { params: { v: many(257) } },
    "the number of combinations of the matrix is 257; expected at most 256, Tekton's default; fix: use fewer values, or two tasks",
  ],
  [{ params: { v: many(32), w: many(9) } }, 'the number of combinations of the matrix is 288'],
  [{ params: { v: many(256) }, include: [{ params: { v: 'x' } }] }, 'the number of combinations of the matrix is 257'],
  [{ include: many(257).map((v) => ({ params: { v } })) }, 'the number of combinations of the matrix is 257'],
])('a matrix is not %j', (matrix, message) => {
  const pipeline = new Pipeline(newChart(), 'pipeline');
  expect(() => pipeline.addTask('a', any, { matrix })).toThrow(`chart/pipeline/a: ${message}`);
  expect(pipeline.tasks).toEqual([]);
});

test.each<[matrix: any]>([
  [{ params: { v: many(256) }, include: [{ params: { v: '0', w: 'x' } }] }],
  [{ params: { v: many(16), w: many(16), x: [] } }],
  [{ params: { v: [1, true], w: '$(tasks.b.results.r[*])' } }],
  [{ include: [{ params: { v: '1' } }] }],
])('a matrix may be %j', (matrix) => {
  const chart = newChart();
  const pipeline = new Pipeline(chart, 'pipeline');
  pipeline.addTask('b', any);
  pipeline.addTask('a', any, { matrix });
  expect(problems(chart)).toEqual([]);
});

test('a matrix gives single texts, so its param is a string', () => {
  const chart = newChart();
  const task = new Task(chart, 'task');
  task.addArrayParam('list', { defaultValue: [] });
  task.addStep('run', { image: 'a', command: ['true'] });
  new Pipeline(chart, 'pipeline').addTask('a', task, { matrix: { params: { list: ['a'] } } });
  expect(problems(chart)).toEqual([
    'chart/pipeline/a: a value of type string for the param "list" of Task task; expected a value of type array; fix: write it as a list, or as one variable that ends in [*] (param-binding)',
  ]);
});

/** A Pipeline with a task that has a matrix, and results of both types. */
function newPipeline() {
  const chart = newChart();
  const task = new Task(chart, 'task');
  task.addParam('v', { defaultValue: '' });
  task.addResult('s');
  task.addResult('l', { type: ResultType.ARRAY });
  task.addStep('run', { image: 'a', command: ['true'] });
  const pipeline = new Pipeline(chart, 'pipeline');
  const use = pipeline.addTask('many', task, { matrix: { params: { v: ['a', 'b'] } } });
  return { chart, pipeline, use };
}

test('results of all runs are an array, for tasks and for the Pipeline', () => {
  const { chart, pipeline, use } = newPipeline();
  pipeline.addTask('next', any, { params: { v: use.arrayResult('s') } });
  pipeline.addResult('all', { value: use.arrayResult('s') });
  expect(problems(chart)).toEqual([]);
  expect(manifest(chart, 'Pipeline').spec.results).toEqual([{ name: 'all', value: '$(tasks.many.results.s[*])' }]);
  pipeline.addResult('one', { value: use.result('s') });
  pipeline.addResult('first', { value: use.resultElement('s', 0) });
  const rest =
    'but task many has a matrix; expected the results of all its runs, as an array; fix: give $(tasks.many.results.s[*]) to an array param (matrix-result)';
  expect(problems(chart)).toEqual([
    `chart/pipeline: result one uses $(tasks.many.results.s), ${rest}`,
    `chart/pipeline: result first uses $(tasks.many.results.s[0]), ${rest}`,
  ]);
});

test('each run of a matrix gives strings', () => {
  const { chart, pipeline, use } = newPipeline();
  pipeline.addTask('next', any, { params: { v: use.arrayResult('l') } });
  expect(problems(chart)).toEqual([
    'chart/pipeline/next: param v uses $(tasks.many.results.l[*]), but l is an array in each run of task many; expected a string from each run of a task with a matrix; fix: declare l as a string (matrix-result)',
  ]);
});
