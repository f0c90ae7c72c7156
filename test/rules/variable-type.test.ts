import { EnvValue } from 'cdk8s-plus-25';
import { Pipeline, type PipelineTaskProps, ResultType, Task, When } from '../../lib';
import { newChart, problems } from '../support/synth';

const step = { image: 'example.com/tools:1', command: ['true'] };

/** A Task with params, results and a step's results of every type. */
function newTask(prepare: (task: Task) => void = () => undefined): string[] {
  const chart = newChart();
  const task = new Task(chart, 'task');
  declare(task);
  task.addStep('first', { ...step, results: { s: ResultType.STRING, l: ResultType.ARRAY } });
  prepare(task);
  return problems(chart);
}

function declare(task: Task | Pipeline): void {
  task.addParam('str', { defaultValue: '' });
  task.addArrayParam('arr', { defaultValue: [] });
  task.addObjectParam('obj', { keys: ['k', 'l'], defaultValue: { k: '', l: '' } });
  task.addArrayParam('a.b', { defaultValue: [] });
}

const IN_TEXT = [
  '$(params.str)',
  '$(params.arr[0])',
  '$(params["a.b"][0])',
  '$(params.obj.k)',
  '$(steps.first.results.s)',
  '$(steps.first.results.l[1])',
];
const WHOLE = ['$(params.arr[*])', '$(params.arr)', '$(params["a.b"][*])', '$(steps.first.results.l[*])'];

test.each([...IN_TEXT, ...WHOLE])('an item of args may be %s', (text) => {
  expect(newTask((task) => task.addStep('second', { ...step, args: [text], command: [text] }))).toEqual([]);
});

test.each(IN_TEXT)('env and parts of items may be %s', (text) => {
  expect(newTask((task) => task.addStep('second', { ...step, args: [`--x=${text}`], env: { A: text } }))).toEqual([]);
});

const A = (stem: string) => `one element, $(${stem}[0]), or all of them as $(${stem}[*]) and nothing else`;
const A_FIX = (stem: string) => `write $(${stem}[0]), or $(${stem}[*]) alone`;
const E = (stem: string) => `one element, $(${stem}[0]), because a whole array stands in lists only`;
const O = 'the value of one key, $(params.obj.k), or $(params.obj[*]) as the whole value of an object';

test.each([
  ['--x=$(params.arr[*])', 'param arr is an array', A('params.arr'), A_FIX('params.arr')],
  ['$(params.arr[*]) ', 'param arr is an array', A('params.arr'), A_FIX('params.arr')],
  ['x$(params["a.b"][*])', 'param a.b is an array', A('params["a.b"]'), A_FIX('params["a.b"]')],
  ['$(params.arr.key)', 'param arr is an array', A('params.arr'), A_FIX('params.arr')],
  ['$(inputs.params.arr[*])x', 'param arr is an array', A('inputs.params.arr'), A_FIX('inputs.params.arr')],
  [
    '$(steps.first.results.l)',
    'result first.l is an array',
    A('steps.first.results.l'),
    A_FIX('steps.first.results.l'),
  ],
  ['$(params.obj[*])', 'param obj is an object', O, 'write $(params.obj.k)'],
  ['$(params.obj)', 'param obj is an object', O, 'write $(params.obj.k)'],
  ['$(params.obj[0])', 'param obj is an object', O, 'write $(params.obj.k)'],
  ['$(params.obj.k.x)', 'param obj is an object', O, 'write $(params.obj.k)'],
  ['$(params.str.key)', 'param str is a string', '$(params.str)', 'write $(params.str)'],
  ['$(params.str.a.b)', 'param str is a string', '$(params.str)', 'write $(params.str)'],
  ['$(params.str[0])', 'param str is a string', '$(params.str)', 'write $(params.str)'],
  ['$(params.str[*])', 'param str is a string', '$(params.str)', 'write $(params.str)'],
  [
    '$(steps.first.results.s[*])',
    'result first.s is a string',
    '$(steps.first.results.s)',
    'write $(steps.first.results.s)',
  ],
])('an item of args can not be %s', (text, what, expected, fix) => {
  const variable = text.slice(text.indexOf('$('), text.lastIndexOf(')') + 1);
  expect(newTask((task) => task.addStep('second', { ...step, args: [text] }))).toEqual([
    `chart/task: args of step second uses ${variable}, but ${what}; expected ${expected}; fix: ${fix} (variable-type)`,
  ]);
});

const arr = '$(params.arr[*])';
test.each<[where: string, prepare: (task: Task) => void]>([
  ['image of step b', (task) => task.addStep('b', { ...step, image: arr })],
  ['env A of step b', (task) => task.addStep('b', { ...step, env: { A: arr } })],
  ['env A of step b', (task) => task.addStep('b', { ...step, envValues: { A: EnvValue.fromValue(arr) } })],
  ['workingDir of step b', (task) => task.addStep('b', { ...step, workingDir: arr })],
  ['env A of sidecar b', (task) => task.addSidecar('b', { ...step, env: { A: arr } })],
  ['mountPath of workspace b', (task) => task.addWorkspace('b', { mountPath: arr, optional: true })],
])('a whole array can not be %s', (where, prepare) => {
  expect(newTask(prepare)).toEqual([
    `chart/task: ${where} uses ${arr}, but param arr is an array; expected ${E('params.arr')}; fix: write $(params.arr[0]) (variable-type)`,
  ]);
});

test('what all steps have in common has types as well', () => {
  const chart = newChart();
  const task = new Task(chart, 'task', { stepTemplate: { env: { A: arr } } });
  declare(task);
  task.addStep('first', step);
  expect(problems(chart)).toEqual([expect.stringContaining('chart/task: env A of stepTemplate uses $(params.arr[*])')]);
});

test('a result takes its value from a result of a step, of its own type', () => {
  const value = { s: '$(steps.first.results.s)', l: '$(steps.first.results.l[*])' };
  expect(
    newTask((task) => {
      task.addResult('text', { value: value.s });
      task.addResult('list', { value: value.l, type: ResultType.ARRAY });
    }),
  ).toEqual([]);
  expect(newTask((task) => task.addResult('text', { value: value.l }))).toEqual([
    'chart/task: result text, of type string, takes its value from result first.l, of type array; expected two results of one type; fix: declare text with type array (variable-type)',
  ]);
  expect(newTask((task) => task.addResult('out', { value: '$(steps.first.results.x)' }))).toEqual([
    expect.stringContaining(
      'value of result out uses $(steps.first.results.x), but there is no result "x" of step first',
    ),
  ]);
});

/** What is wrong with a task of a Pipeline that has params, and a task with results, of every type. */
function inPipeline(props: PipelineTaskProps, prepare: (pipeline: Pipeline) => void = () => undefined): string[] {
  const chart = newChart();
  const task = new Task(chart, 'task');
  declare(task);
  task.addResult('s');
  task.addResult('l', { type: ResultType.ARRAY });
  task.addObjectResult('o', { keys: ['k', 'l'] });
  task.addStep('run', step);
  const pipeline = new Pipeline(chart, 'pipeline');
  declare(pipeline);
  pipeline.addTask('x', task);
  pipeline.addTask('y', Task.fromName('any'), props);
  prepare(pipeline);
  return problems(chart).map((each) => each.replace('chart/pipeline/y: ', ''));
}

const r = (name: string) => `$(tasks.x.results.${name})`;
const FITTING: [what: string, props: PipelineTaskProps][] = [
  [
    'text in a text',
    { params: { v: `a $(params.str) $(params.arr[0]) $(params.obj.k) ${r('s')} ${r('l[0]')} ${r('o.k')}` } },
  ],
  ['a whole array as a value', { params: { v: arr, w: r('l[*]') } }],
  ['a whole object as a value', { params: { v: '$(params.obj[*])', w: r('o[*]') } }],
  ['a whole array as an item', { params: { v: ['a', arr, '$(params.arr)', r('l[*]'), r('l')] } }],
  ['a whole array among the values of a condition', { when: [When.isIn('a', [arr, r('l[*]')])] }],
  ['a whole array as the values of a matrix', { matrix: { params: { v: arr, w: r('l[*]'), x: ['a', arr] } } }],
  [
    'elements in a matrix',
    { matrix: { params: { v: ['$(params.arr[0])'] }, include: [{ params: { v: r('l[0]') } }] } },
  ],
];

test.each(FITTING)('a task of a Pipeline may have %s', (_what, props) => {
  expect(inPipeline(props)).toEqual([]);
});

const isArray = `param arr is an array; expected ${A('params.arr')}; fix: ${A_FIX('params.arr')} (variable-type)`;
const isElement = `param arr is an array; expected ${E('params.arr')}; fix: write $(params.arr[0]) (variable-type)`;
const isObject = `param obj is an object; expected ${O}; fix: write $(params.obj.k) (variable-type)`;
const isString = 'param str is a string; expected $(params.str); fix: write $(params.str) (variable-type)';
const MISFITS: [props: PipelineTaskProps, found: string][] = [
  [{ params: { v: 'x $(params.arr[*])' } }, `param v uses ${arr}, but ${isArray}`],
  [{ params: { v: '$(params.arr)' } }, `param v uses $(params.arr), but ${isArray}`],
  [{ params: { v: ['x-$(params.arr[*])'] } }, `param v uses ${arr}, but ${isArray}`],
  [{ params: { v: { k: arr } } }, `param v uses ${arr}, but ${isElement}`],
  [{ params: { v: '$(params.obj)' } }, `param v uses $(params.obj), but ${isObject}`],
  [{ params: { v: ['$(params.obj[*])'] } }, `param v uses $(params.obj[*]), but ${isObject}`],
  [{ params: { v: { k: '$(params.obj[*])' } } }, `param v uses $(params.obj[*]), but ${isObject}`],
  [{ params: { v: '$(params.str[*])' } }, `param v uses $(params.str[*]), but ${isString}`],
  [{ params: { v: '$(params.str.k)' } }, `param v uses $(params.str.k), but ${isString}`],
  [{ when: [When.isIn(arr, ['a'])] }, `when uses ${arr}, but ${isElement}`],
  [{ when: [When.isIn('a', [`x-${arr}`])] }, `when uses ${arr}, but ${isArray}`],
  [{ when: [When.isIn('a', ['$(params.arr)'])] }, `when uses $(params.arr), but ${isArray}`],
  [{ when: [When.cel(`'${arr}' == ''`)] }, `when uses ${arr}, but ${isElement}`],
  [
    { matrix: { include: [{ params: { v: '$(params.arr)' } }] } },
    `matrix include uses $(params.arr), but ${isElement}`,
  ],
  [{ matrix: { params: { v: [`x${arr}`] } } }, `matrix param v uses ${arr}, but ${isArray}`],
  [{ matrix: { params: { v: '$(params.obj[*])' } } }, `matrix param v uses $(params.obj[*]), but ${isObject}`],
  [
    { matrix: { params: { v: '$(params.str[*])' } } },
    'matrix param v uses $(params.str[*]), but param str is a string; expected a variable for a whole array; fix: write a list, or use an array (variable-type)',
  ],
  [
    { params: { v: r('l') } },
    `param v uses ${r('l')}, but result x.l is an array; expected ${A('tasks.x.results.l')}; fix: ${A_FIX('tasks.x.results.l')} (variable-type)`,
  ],
  [
    { params: { v: `pre ${r('l[*]')}` } },
    `param v uses ${r('l[*]')}, but result x.l is an array; expected ${A('tasks.x.results.l')}; fix: ${A_FIX('tasks.x.results.l')} (variable-type)`,
  ],
  ...['s[*]', 's[0]', 's.key', 's.a.b'].map((part): [PipelineTaskProps, string] => [
    { params: { v: r(part) } },
    `param v uses ${r(part)}, but result x.s is a string; expected ${r('s')}; fix: write ${r('s')} (variable-type)`,
  ]),
];

test.each(MISFITS)('a task of a Pipeline can not have %j', (props, found) => {
  expect(inPipeline(props)).toEqual([found]);
});

test('a value that is wrong in itself is not wrong for the param as well', () => {
  const chart = newChart();
  const task = new Task(chart, 'task');
  declare(task);
  task.addStep('run', step);
  const pipeline = new Pipeline(chart, 'pipeline');
  declare(pipeline);
  pipeline.addTask('x', task, { params: { arr: '$(params.arr)', obj: '$(params.str[*])' } });
  expect(problems(chart).map((each) => each.slice(-15))).toEqual(['(variable-type)', '(variable-type)']);
});

test('results of a Pipeline are texts, or the whole of a list or map', () => {
  const result = (value: string) => inPipeline({}, (pipeline) => pipeline.addResult('out', { value }));
  for (const value of [r('s'), r('l[0]'), r('l[*]'), r('o.k'), r('o[*]'), `${r('s')} ${r('o.k')}`]) {
    expect(result(value)).toEqual([]);
  }
  for (const value of [r('l'), `${r('l[*]')} x`, r('o'), r('s[*]'), r('s[0]')]) {
    expect(result(value)).toEqual([
      expect.stringContaining(`chart/pipeline: result out uses ${value.split(' ')[0]}, but`),
    ]);
  }
});

test('a step can not use what is written later, nor a sidecar or the pod', () => {
  const found = newTask((task) => {
    task.addStep('second', {
      ...step,
      args: ['$(steps.third.results.t)', '$(steps.second.results.t)'],
      results: { t: ResultType.STRING },
    });
    task.addStep('third', { ...step, results: { t: ResultType.STRING }, workingDir: '$(steps.second.results.t)' });
    task.addSidecar('beside', { ...step, args: ['$(steps.first.results.s)'] });
  });
  const fixed =
    'expected results of steps in command, args and env of later steps only; fix: write the value to a file that both see, or hand it over in env (step-result)';
  expect(found).toEqual([
    'chart/task: args of step second uses $(steps.third.results.t); expected results of steps that ran before; fix: add step third before second (step-result)',
    'chart/task: args of step second uses $(steps.second.results.t); expected results of steps that ran before; fix: use the value where the step makes it (step-result)',
    `chart/task: workingDir of step third uses $(steps.second.results.t); ${fixed}`,
    `chart/task: args of sidecar beside uses $(steps.first.results.s); ${fixed}`,
  ]);
});
