import { EnvValue } from 'cdk8s-plus-25';
import { Pipeline, Resolver, ResultType, Task, Volume, When } from '../../lib';
import { newChart, problems } from '../support/synth';

const step = { image: 'example.com/tools:1', command: ['true'] };

function newTask(): { task: Task; found: () => string[] } {
  const chart = newChart();
  const task = new Task(chart, 'task');
  task.addParam('url', { defaultValue: '' });
  task.addArrayParam('flags', { defaultValue: [] });
  task.addObjectParam('image', { keys: ['name', 'tag'], defaultValue: { name: '', tag: '' } });
  task.addResult('digest');
  task.addWorkspace('source', { optional: true });
  task.addVolume(Volume.emptyDir('cache'));
  task.addStep('first', { ...step, results: { one: ResultType.STRING } });
  return { task, found: () => problems(chart) };
}

const KNOWN_IN_TASK = [
  '$(params.url)',
  '$(params["url"])',
  "$(params['url'])",
  '$(inputs.params.url)',
  '$$(params.url)',
  '$(params.flags[*])',
  '$(params.flags[0])',
  '$(params.image.name)',
  '$(params.image[*])',
  '$(results.digest.path)',
  '$(workspaces.source.path)',
  '$(workspaces.source.bound)',
  '$(workspaces.source.claim)',
  '$(workspaces.source.volume)',
  '$(context.task.name)',
  '$(context.task.retry-count)',
  '$(context.taskRun.name)',
  '$(context.taskRun.namespace)',
  '$(context.taskRun.uid)',
  '$(steps.first.results.one)',
  '$(steps.step-first.exitCode.path)',
  '$(step.results.mine.path)',
  '$(step.artifacts.path)',
  '$(artifacts.path)',
  '$(credentials.path)',
  '$(HOME)',
];

test.each(KNOWN_IN_TASK)('a Task may use %s', (variable) => {
  const { task, found } = newTask();
  task.addStep('second', { ...step, results: { mine: ResultType.STRING }, args: [variable] });
  expect(found()).toEqual([]);
});

const UNKNOWN_IN_TASK: [variable: string, what: string, expected: string, fix: string][] = [
  ['$(params.ulr)', 'param "ulr"', 'one of the params: flags, image, url', 'did you mean "url"?'],
  ['$$(params.ulr)', 'param "ulr"', 'one of the params: flags, image, url', 'did you mean "url"?'],
  [
    '$(params["git.url"])',
    'param "git.url"',
    'one of the params: flags, image, url',
    'declare the param "git.url", or use one that exists',
  ],
  [
    '$(params.image.nam)',
    'key "nam" of param image',
    'one of the keys of param image: name, tag',
    'did you mean "name"?',
  ],
  ['$(results.digset.path)', 'result "digset"', 'one of the results: digest', 'did you mean "digest"?'],
  ['$(workspaces.sauce.path)', 'workspace "sauce"', 'one of the workspaces: source', 'did you mean "source"?'],
  ['$(steps.frist.results.one)', 'step "frist"', 'one of the steps: first, second', 'did you mean "first"?'],
  ['$(step.results.mien.path)', 'step result "mien"', 'one of the step results: mine', 'did you mean "mine"?'],
  [
    '$(tasks.build.results.x)',
    'variable "tasks"',
    'one of the variables: context, params, results, steps, workspaces',
    'declare the variable "tasks", or use one that exists',
  ],
  [
    '$(finally.build.results.x)',
    'variable "finally"',
    'one of the variables: context, params, results, steps, workspaces',
    'declare the variable "finally", or use one that exists',
  ],
];

test.each(UNKNOWN_IN_TASK)('a Task can not use %s', (variable, what, expected, fix) => {
  const { task, found } = newTask();
  task.addStep('second', { ...step, results: { mine: ResultType.STRING }, args: ['x', `a ${variable}`] });
  const uses = variable.startsWith('$$') ? variable.slice(1) : variable;
  expect(found()).toEqual([
    `chart/task: args of step second uses ${uses}, but there is no ${what}; expected ${expected}; fix: ${fix} (undefined-reference)`,
  ]);
});

const bad = '$(params.ulr)';
const PLACES: [place: string, where: string, set: (task: Task) => void][] = [
  ['an image', 'image of step second', (task) => task.addStep('second', { image: bad })],
  ['a command', 'command of step second', (task) => task.addStep('second', { ...step, command: [bad] })],
  ['a folder', 'workingDir of step second', (task) => task.addStep('second', { ...step, workingDir: bad })],
  ['env', 'env URL of step second', (task) => task.addStep('second', { ...step, env: { URL: bad } })],
  [
    'the value of env',
    'env URL of step second',
    (task) => task.addStep('second', { ...step, envValues: { URL: EnvValue.fromValue(bad) } }),
  ],
  [
    'a mount',
    'volume mount cache of step second',
    (task) => task.addStep('second', { ...step, volumeMounts: [{ name: 'cache', mountPath: '/x', subPath: bad }] }),
  ],
  ['a sidecar', 'args of sidecar proxy', (task) => task.addSidecar('proxy', { ...step, args: [bad] })],
  ['a volume', 'volume key', (task) => task.addVolume(Volume.secret('key', bad))],
  ["a result's value", 'value of result out', (task) => task.addResult('out', { value: bad })],
];

test.each(PLACES)('variables are checked in %s', (_place, where, set) => {
  const { task, found } = newTask();
  set(task);
  expect(found()).toEqual([
    `chart/task: ${where} uses $(params.ulr), but there is no param "ulr"; expected one of the params: flags, image, url; fix: did you mean "url"? (undefined-reference)`,
  ]);
});

test('variables are checked in what all steps have in common', () => {
  const chart = newChart();
  new Task(chart, 'task', { stepTemplate: { env: { URL: bad } } }).addStep('first', step);
  expect(problems(chart)).toEqual([
    'chart/task: stepTemplate uses $(params.ulr), but there is no param "ulr"; expected a param, but none is declared; fix: declare the param "ulr", or use one that exists (undefined-reference)',
  ]);
});

test('a step mounts volumes of its Task only, as far as their names are known', () => {
  const { task, found } = newTask();
  task.addStep('second', { ...step, volumeMounts: [{ name: '$(params.url)', mountPath: '/x' }] });
  expect(found()).toEqual([]);
  task.addSidecar('proxy', { ...step, volumeMounts: [{ name: 'cash', mountPath: '/x' }] });
  expect(found()).toEqual([
    'chart/task: sidecar proxy mounts the volume "cash", which the Task does not have; expected one of the volumes: cache; fix: did you mean "cache"? (undefined-reference)',
  ]);
});

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
    'declare the variable "step", or use one that exists',
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
