import { Pipeline, Resolver, Task, When } from '../../lib';
import { newChart, problems } from '../support/synth';

const step = { image: 'example.com/tools:1', command: ['true'] };

function newPipeline() {
  const chart = newChart();
  const task = new Task(chart, 'task');
  task.addParam('in', { defaultValue: '' });
  task.addResult('out');
  task.addResult('status');
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
  '$(tasks.build.results.out[0])',
  '$(tasks.build.results.out.key)',
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
    '$(tasks.report.results.out)',
    'task "report"',
    'one of the tasks: build, foreign, status, use',
    'declare the task "report", or use one that exists',
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
  pipeline.addResult('two', { value: 'a $(finally.report.results.out)' });
  expect(found()).toEqual([]);
  pipeline.addResult('three', { value: '$(tasks.build.results.uot)' });
  pipeline.addResult('four', { value: '$(finally.build.results.out)' });
  pipeline.addResult('five', { value: '$(params.url)' });
  expect(found()).toEqual([
    'chart/pipeline: result three uses $(tasks.build.results.uot), but there is no result "uot" of task build; expected one of the results of task build: out, status; fix: did you mean "out"? (undefined-reference)',
    'chart/pipeline: result four uses $(finally.build.results.out), but there is no task "build"; expected one of the tasks: report; fix: declare the task "build", or use one that exists (undefined-reference)',
    'chart/pipeline: result five is "$(params.url)", which uses no result of a task; expected a variable for the result of a task, because Tekton takes nothing else; fix: take the task\'s result() (undefined-reference)',
  ]);
});
