import { EnvValue } from 'cdk8s-plus-25';
import { ResultType, Task, Volume } from '../../lib';
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
  '$(params)',
  '$(my.variable)',
  '$(set.x)',
  '$(date +%s)',
];

test.each(KNOWN_IN_TASK)('a Task may use %s', (variable) => {
  const { task, found } = newTask();
  task.addStep('second', { ...step, results: { mine: ResultType.STRING }, args: [variable] });
  expect(found()).toEqual([]);
});

const UNKNOWN_IN_TASK: [variable: string, what: string, expected: string, fix: string][] = [
  ['$(params.ulr)', 'param "ulr"', 'one of the params: flags, image, url', 'did you mean "url"?'],
  ['$(inputs.params.ulr)', 'param "ulr"', 'one of the params: flags, image, url', 'did you mean "url"?'],
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
    '$(steps.first.nope)',
    'part "nope" of step first',
    'one of the parts of step first: exitCode, inputs, outputs, results',
    'use one of them',
  ],
  [
    '$(steps.first.results.noe)',
    'result "noe" of step first',
    'one of the results of step first: one',
    'did you mean "one"?',
  ],
  ['$(credentials.pth)', 'part "pth" of credentials', 'one of the parts of credentials: path', 'did you mean "path"?'],
  ['$(results.digest)', 'part "" of result digest', 'one of the parts of result digest: path', 'use one of them'],
  [
    '$(workspaces.source.pth)',
    'part "pth" of workspace source',
    'one of the parts of workspace source: bound, claim, path, volume',
    'did you mean "path"?',
  ],
  [
    '$(tasks.build.results.x)',
    'variable "tasks"',
    'one of the variables: artifacts, context, credentials, params, results, step, steps, workspaces',
    'use one of them',
  ],
  [
    '$(finally.build.results.x)',
    'variable "finally"',
    'one of the variables: artifacts, context, credentials, params, results, step, steps, workspaces',
    'use one of them',
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

test.each([
  ['$(param.url)', 'param', 'params'],
  ['$(parms.url)', 'parms', 'params'],
  ['$(workspace.source.path)', 'workspace', 'workspaces'],
  ['$(result.digest.path)', 'result', 'results'],
])('a Task can not use %s, which is misspelt at its beginning', (variable, root, near) => {
  const { task, found } = newTask();
  task.addStep('second', { ...step, args: [variable] });
  expect(found()).toEqual([
    `chart/task: args of step second uses ${variable}, but there is no variable "${root}"; expected one of the variables: artifacts, context, credentials, params, results, step, steps, workspaces; fix: did you mean "${near}"? (undefined-reference)`,
  ]);
});

test.each([
  ['$( params.url )', '$(params.url)'],
  ['$(params.url )', '$(params.url)'],
  ['$(params.image["name"])', '$(params.image.name)'],
  ['$(workspaces["source"].path)', '$(workspaces.source.path)'],
  ['$(results.digest["path"])', '$(results.digest.path)'],
  ['$(steps["first"].results.one)', '$(steps.first.results.one)'],
  ['$(steps.first.exitCode.path)', '$(steps.step-first.exitCode.path)'],
  ['$(steps.step-first.exitCode)', '$(steps.step-first.exitCode.path)'],
  ['$(steps.step-first.results.one)', '$(steps.first.results.one)'],
])('%s is text for Tekton, which reads %s', (variable, plain) => {
  const { task, found } = newTask();
  task.addStep('second', { ...step, args: [variable] });
  expect(found()).toEqual([
    `chart/task: args of step second uses ${variable}, which Tekton leaves as it is; expected ${plain}; fix: write ${plain} (undefined-reference)`,
  ]);
});

test.each(['$(params.flags[-1])', '$(params.flags[1.5])', '$(params.flags[0].a)'])(
  '%s is text for Tekton, and names nothing',
  (variable) => {
    const { task, found } = newTask();
    task.addStep('second', { ...step, args: [variable] });
    expect(found()).toEqual([
      `chart/task: args of step second uses ${variable}, which Tekton leaves as it is; expected a variable with the name of something, such as $(params.NAME); fix: name it, or leave the variable out (undefined-reference)`,
    ]);
  },
);

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
  ['where a workspace is', 'mountPath of workspace w', (task) => task.addWorkspace('w', { mountPath: bad })],
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
    'chart/task: env URL of stepTemplate uses $(params.ulr), but there is no param "ulr"; expected a param, but none is declared; fix: declare the param "ulr", or use one that exists (undefined-reference)',
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

test('what all steps have in common mounts volumes of its Task', () => {
  const chart = newChart();
  new Task(chart, 'task', { stepTemplate: { volumeMounts: [{ name: 'cache', mountPath: '/x' }] } }).addStep('a', step);
  expect(problems(chart)).toEqual([
    'chart/task: stepTemplate mounts the volume "cache", which the Task does not have; expected a volume, but none is declared; fix: declare the volume "cache", or use one that exists (undefined-reference)',
  ]);
});
