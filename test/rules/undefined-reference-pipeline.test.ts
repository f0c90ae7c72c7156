import { Pipeline, PipelineRun, Resolver, ResultType, Task, When, WorkspaceBinding } from '../../lib';
import { newChart, problems } from '../support/synth';

const step = { image: 'example.com/tools:1', command: ['true'] };

function newPipeline() {
  const chart = newChart();
  const task = new Task(chart, 'task');
  task.addParam('in', { defaultValue: '' });
  task.addResult('out');
  task.addResult('status');
  task.addResult('list', { type: ResultType.ARRAY });
  task.addObjectResult('map', { keys: ['key'] });
  task.addStep('run', step);
  const pipeline = new Pipeline(chart, 'pipeline');
  pipeline.addParam('url');
  pipeline.addArrayParam('flags');
  pipeline.addObjectParam('image', { keys: ['name'] });
  pipeline.addWorkspace('shared');
  pipeline.addTask('build', task);
  pipeline.addTask('status', task);
  pipeline.addTask('foreign', Task.fromName('foreign'));
  pipeline.addFinally('report', task);
  return { task, pipeline, found: () => problems(chart) };
}

test.each([
  '$(params.url)',
  '$(params.flags[0])',
  '$(params.image.name)',
  '$(tasks.build.results.out)',
  '$(tasks.build.results.list[0])',
  '$(tasks.build.results.map.key)',
  '$(tasks.build.results.status)',
  '$(tasks.status.results.out)',
  '$(tasks.foreign.results.whatever)',
  '$(context.pipelineRun.name)',
  '$(context.pipelineRun.namespace)',
  '$(context.pipelineRun.uid)',
  '$(context.pipeline.name)',
  '$(context.pipelineTask.retries)',
  '$(workspaces.shared.bound)',
  '$$(params.url)',
])('a task of a Pipeline may use %s', (variable) => {
  const { task, pipeline, found } = newPipeline();
  pipeline.addTask('use', task, { params: { in: `a ${variable}` } });
  expect(found()).toEqual([]);
});

test.each(['$(tasks.build.status)', '$(tasks.build.reason)', '$(tasks.status)', '$(tasks.build.results.out)'])(
  'a finally task may use %s',
  (variable) => {
    const { task, pipeline, found } = newPipeline();
    pipeline.addFinally('use', task, { params: { in: variable } });
    expect(found()).toEqual([]);
  },
);

test.each([
  ['$(params.ulr)', 'param "ulr"', 'one of the params: flags, image, url', 'did you mean "url"?'],
  ['$(params.image.nam)', 'key "nam" of param image', 'one of the keys of param image: name', 'did you mean "name"?'],
  ['$(workspaces.sharde.bound)', 'workspace "sharde"', 'one of the workspaces: shared', 'did you mean "shared"?'],
  [
    '$(tasks.built.results.out)',
    'task "built"',
    'one of the tasks: build, foreign, status, use',
    'did you mean "build"?',
  ],
  [
    '$(tasks.nope)',
    'task "nope"',
    'one of the tasks: build, foreign, status, use',
    'declare the task "nope", or use one that exists',
  ],
  [
    '$(tasks.build.result.out)',
    'part "result" of task build',
    'one of the parts of task build: inputs, matrix, outputs, reason, results, status',
    'did you mean "results"?',
  ],
  [
    '$(workspaces.shared.path)',
    'part "path" of workspace shared',
    'one of the parts of workspace shared: bound',
    'use one of them',
  ],
  [
    '$(tasks.build.results.map.kee)',
    'key "kee" of result map',
    'one of the keys of result map: key',
    'did you mean "key"?',
  ],
  [
    '$(pwd)',
    'variable "pwd"',
    'one of the variables: context, finally, params, results, tasks, workspaces',
    'use one of them',
  ],
  [
    '$(inputs.params.url)',
    'variable "inputs"',
    'one of the variables: context, finally, params, results, tasks, workspaces',
    'use one of them',
  ],
  [
    '$(context.pipelineRun.id)',
    'context variable "pipelineRun.id"',
    'one of the context variables: pipeline.name, pipelineRun.name, pipelineRun.namespace, pipelineRun.uid, pipelineTask.retries',
    'did you mean "pipelineRun.uid"?',
  ],
  [
    '$(step.results.out)',
    'variable "step"',
    'one of the variables: context, finally, params, results, tasks, workspaces',
    'use one of them',
  ],
])('a task of a Pipeline can not use %s', (variable, what, expected, fix) => {
  const { task, pipeline, found } = newPipeline();
  pipeline.addTask('use', task, { params: { in: variable } });
  expect(found()).toEqual([
    `chart/pipeline/use: param in uses ${variable}, but there is no ${what}; expected ${expected}; fix: ${fix} (undefined-reference)`,
  ]);
});

test('variables are checked and make edges in the params of a resolver', () => {
  const { pipeline, found } = newPipeline();
  const git = (revision: string) => Resolver.git({ url: 'https://git.example.com/a', revision, pathInRepo: 'a.yaml' });
  pipeline.addTask('good', Task.fromResolver(git('$(tasks.build.results.out)')));
  expect(pipeline.explain()).toBe('good runs after build: taskRef uses result build.out');
  pipeline.addTask('bad', Task.fromResolver(git('$(params.revision)')));
  expect(found()).toEqual([
    'chart/pipeline/bad: taskRef uses $(params.revision), but there is no param "revision"; expected one of the params: flags, image, url; fix: declare the param "revision", or use one that exists (undefined-reference)',
  ]);
});

test('variables are checked in conditions, the matrix, and workspaces', () => {
  const { task, pipeline, found } = newPipeline();
  const x = '$(params.x)';
  pipeline.addTask('a', task, { when: [When.isIn('a', [x])] });
  pipeline.addTask('b', task, { when: [When.cel(`'${x}' == ''`)] });
  pipeline.addTask('c', task, { matrix: { params: { in: [x] } } });
  pipeline.addTask('d', task, { matrix: { include: [{ params: { in: x } }] } });
  const shared = pipeline.addWorkspace('more').subPath(x);
  pipeline.addTask('e', Task.fromName('e'), { workspaces: { w: shared } });
  const rest =
    'uses $(params.x), but there is no param "x"; expected one of the params: flags, image, url; fix: declare the param "x", or use one that exists (undefined-reference)';
  expect(found()).toEqual([
    `chart/pipeline/a: when ${rest}`,
    `chart/pipeline/b: when ${rest}`,
    `chart/pipeline/c: matrix param in ${rest}`,
    `chart/pipeline/d: matrix include ${rest}`,
    `chart/pipeline/e: workspace w ${rest}`,
  ]);
});

test('a result of a Pipeline is made of results of its tasks, finally included', () => {
  const { pipeline, found } = newPipeline();
  pipeline.addResult('one', { value: '$(tasks.build.results.out)' });
  pipeline.addResult('two', { value: '$(finally.report.results.out): $(tasks.build.results.map.key) at last' });
  expect(found()).toEqual([]);
  pipeline.addResult('three', { value: '$(tasks.build.results.uot)' });
  pipeline.addResult('four', { value: '$(finally.build.results.out)' });
  pipeline.addResult('five', { value: '$(tasks.report.results.out)' });
  expect(found()).toEqual([
    'chart/pipeline: result three uses $(tasks.build.results.uot), but there is no result "uot" of task build; expected one of the results of task build: list, map, out, status; fix: did you mean "out"? (undefined-reference)',
    'chart/pipeline: result four uses $(finally.build.results.out), but task build is not under finally; expected $(tasks.build.results.out); fix: write $(tasks.build.results.out) (undefined-reference)',
    'chart/pipeline: result five uses $(tasks.report.results.out), but task report is under finally; expected $(finally.report.results.out); fix: write $(finally.report.results.out) (undefined-reference)',
  ]);
});

test.each([
  '$(params.url)',
  'text',
  '',
  'a $(tasks.build.results.out)',
  ' $(tasks.build.results.out)',
  '$(tasks.build.results.out) $(params.url)',
  '$(tasks.build.results.out) $(context.pipelineRun.name)',
  '$(tasks.build.results.out) $(tasks.build.status)',
  "$(tasks.build.results['out'])",
  '$(tasks.build.results.out.a.b)',
  '$(tasks.build.results)',
  '$(tasks.build.status)',
])('Tekton does not take %j as the value of a result of a Pipeline', (value) => {
  const { pipeline } = newPipeline();
  expect(() => pipeline.addResult('bad', { value })).toThrow(
    `chart/pipeline: the value of result bad is ${JSON.stringify(value)}; expected a variable for the result of a task at its beginning, and no other variables in it; fix: take the task's result()`,
  );
});

const AS_IT_IS = 'which Tekton leaves as it is';
const NAMELESS =
  'expected a variable with the name of something, such as $(params.NAME); fix: name it, or leave the variable out';

test.each([
  ["$(tasks.build.results['out'])", '$(tasks.build.results.out)'],
  ['$(tasks.build["results"]["out"])', '$(tasks.build.results.out)'],
  ['$(tasks["build"].results.out)', '$(tasks.build.results.out)'],
  ['$(tasks.build.results["list"][0])', '$(tasks.build.results.list[0])'],
  ['$( tasks.build.results.out )', '$(tasks.build.results.out)'],
  ['$( params.url )', '$(params.url)'],
  ['$(params.image["name"])', '$(params.image.name)'],
  ['$(params["image"].name)', '$(params.image.name)'],
  ['$(params["image"]["name"])', '$(params.image.name)'],
  ['$(workspaces["shared"].bound)', '$(workspaces.shared.bound)'],
])('%s is text for Tekton, which makes no edge', (variable, plain) => {
  const { task, pipeline, found } = newPipeline();
  pipeline.addTask('use', task, { params: { in: variable } });
  expect(found()).toEqual([
    `chart/pipeline/use: param in uses ${variable}, ${AS_IT_IS}; expected ${plain}; fix: write ${plain} (undefined-reference)`,
  ]);
  expect(pipeline.explain()).toBe('');
});

test('an array whose name needs quotes is handed on in a list', () => {
  const { pipeline, found } = newPipeline();
  const all = pipeline.addArrayParam('all.flags').ref;
  const any = Task.fromName('any');
  pipeline.addTask('good', any, { params: { list: [all] }, matrix: { params: { x: [all] } } });
  expect(found()).toEqual([]);
  pipeline.addTask('bad', any, { params: { list: all } });
  pipeline.addTask('worse', any, { matrix: { params: { x: all } } });
  const rest = `uses ${all}, ${AS_IT_IS}; expected ['${all}']; fix: write it as the only item of a list (undefined-reference)`;
  expect(found()).toEqual([`chart/pipeline/bad: param list ${rest}`, `chart/pipeline/worse: matrix param x ${rest}`]);
});

test('a variable that Tekton does not read may be misspelt as well', () => {
  const { task, pipeline, found } = newPipeline();
  pipeline.addTask('use', task, { params: { in: '$( parms.url )' } });
  expect(found()).toEqual([expect.stringContaining('there is no variable "parms"')]);
});

test.each([
  ['$(tasks.build.results)', '$(tasks.build.results.RESULT)'],
  ['$(tasks.foreign.results.a.b.c)', '$(tasks.foreign.results.a.b)'],
])('%s is text for Tekton, which reads %s', (variable, plain) => {
  const { task, pipeline, found } = newPipeline();
  pipeline.addTask('use', task, { params: { in: variable } });
  expect(found()).toEqual([
    `chart/pipeline/use: param in uses ${variable}, ${AS_IT_IS}; expected ${plain}; fix: write ${plain} (undefined-reference)`,
  ]);
});

test.each(['$(params)', '$(tasks)', '$(params.flags[-1])', '$(params.flags[1.5])', '$(params.)', '$(params..url)'])(
  '%s is text for Tekton, and names nothing',
  (variable) => {
    const { task, pipeline, found } = newPipeline();
    pipeline.addTask('use', task, { params: { in: variable } });
    expect(found()).toEqual([
      `chart/pipeline/use: param in uses ${variable}, ${AS_IT_IS}; ${NAMELESS} (undefined-reference)`,
    ]);
  },
);

test.each(['$(date +%s)', '$(jq -r .params.url file)', '$(kubectl.sh get)', '$((1 + 2))', '$HOME', '$(echo [*])'])(
  'a task of a Pipeline may be given %s, which is none of Tekton',
  (text) => {
    const { task, pipeline, found } = newPipeline();
    pipeline.addTask('use', task, { params: { in: text } });
    expect(found()).toEqual([]);
  },
);

test.each(['$(context.taskRun.name)', '$(context.taskRun.uid)', '$(context.task.name)'])(
  'params of a task may have %s, which Tekton puts in later, and conditions may not',
  (variable) => {
    const { task, pipeline, found } = newPipeline();
    pipeline.addTask('good', task, { params: { in: variable } });
    expect(found()).toEqual([]);
    pipeline.addTask('bad', task, { when: [When.isIn(variable, ['a'])] });
    expect(found()).toEqual([expect.stringContaining(`chart/pipeline/bad: when uses ${variable}, but there is no`)]);
  },
);

test('the length of a matrix is that of a task with one', () => {
  const { task, pipeline, found } = newPipeline();
  const many = pipeline.addTask('many', task, { matrix: { params: { in: ['a', 'b'] } } });
  pipeline.addTask('good', task, { params: { in: many.matrixLength } });
  expect(found()).toEqual([]);
  pipeline.addTask('bad', task, { params: { in: '$(tasks.build.matrix.length)' } });
  expect(found()).toEqual([
    'chart/pipeline/bad: param in uses $(tasks.build.matrix.length), but task build has no matrix; expected a task with a matrix; fix: give task build a matrix, or leave this out (undefined-reference)',
  ]);
});

test('runAfter names tasks of the Pipeline', () => {
  const { pipeline, found } = newPipeline();
  const other = new Pipeline(pipeline, 'other').addTask('build', Task.fromName('any'));
  pipeline.addTask('use', Task.fromName('any'), { runAfter: [other] });
  expect(found()).toEqual([expect.stringContaining('runAfter names the task "chart/pipeline/other/build (another')]);
});

test('variables in the volumes of a run are values that the run gives, of its Tasks, or results', () => {
  const { task, pipeline, found } = newPipeline();
  pipeline.addParam('folder', { defaultValue: 'a' });
  pipeline.addTask('use', task, { params: { in: 'a' } });
  const run = (id: string, binding: WorkspaceBinding, params = {}) => {
    new PipelineRun(pipeline, id, {
      pipeline,
      workspaces: { shared: binding },
      params: { url: 'a', flags: [], image: { name: 'a' }, ...params },
    });
  };
  const claim = (name: string) => WorkspaceBinding.persistentVolumeClaim(name);
  run('a', claim('$(params.url)').subPath('$(tasks.build.results.out)'));
  run('b', claim('a').subPath('$(params.folder)'), { folder: 'b' });
  run('c', claim('a').subPath('$(params.in)'));
  expect(found()).toEqual([]);
  run('d', claim('a').subPath('$(params.folder)'));
  run('e', claim('$(params.fodler)'));
  run('f', claim('a').subPath('$(tasks.biuld.results.out)'));
  run('g', claim('a').subPath('$(context.pipelineRun.name)'));
  run('h', claim('a').subPath('$( params.url )'));
  expect(found().map((each) => each.replace('chart/pipeline/', ''))).toEqual([
    'd: workspace shared uses $(params.folder), but the run gives it no value; expected a value in params, because Tekton puts no default into volumes; fix: add folder to params (undefined-reference)',
    'e: workspace shared uses $(params.fodler), but there is no param "fodler"; expected one of the params: flags, folder, image, url; fix: did you mean "folder"? (undefined-reference)',
    'f: workspace shared uses $(tasks.biuld.results.out), but there is no task "biuld"; expected one of the tasks: build, foreign, status, use; fix: did you mean "build"? (undefined-reference)',
    'g: workspace shared uses $(context.pipelineRun.name), but there is no variable "context"; expected one of the variables: params, tasks; fix: use one of them (undefined-reference)',
    'h: workspace shared uses $( params.url ), which Tekton leaves as it is; expected $(params.url); fix: write $(params.url) (undefined-reference)',
  ]);
});
