import { Pipeline, Task } from '../../lib';
import { newChart, problems } from '../support/synth';

const image = 'example.com/tools:1';

function found(add: (task: Task) => void): string[] {
  const chart = newChart();
  const task = new Task(chart, 'task');
  task.addParam('a', { defaultValue: '' });
  task.addParam('b', { defaultValue: '' });
  task.addResult('out');
  task.addWorkspace('source');
  task.addStep('run', { image, command: ['true'] });
  add(task);
  return problems(chart);
}

test.each([
  '$(params.a)',
  '$(params["a"])',
  '$$(params.a)',
  '$(inputs.params.a)',
  '$(outputs.resources.a.url)',
  '$(tasks.build.results.out)',
  '$(results.out.path)',
  '$(workspaces.source.path)',
  '$(context.taskRun.uid)',
  '$(steps.run.results.out)',
  '$(step.results.out.path)',
  '$(credentials.path)',
  '$(artifacts.path)',
])('a script with %s is refused, because a value could be a command', (variable) => {
  const text = variable.startsWith('$$') ? variable.slice(1) : variable;
  expect(found((task) => task.addStep('script', { image, script: `echo "${variable}"` }))).toEqual([
    `chart/task: ${text} in the script of step script; expected scripts that get their values from environment variables, because Tekton does not quote them; fix: add env { NAME: '${text}' } to the step and write "$NAME" in the script (script-variable)`,
  ]);
});

test.each([
  '$A',
  '"$(cat file)"',
  '$((1 + 2))',
  '$(kubectl get tasks)',
  '$(jq -r .params.a file)',
  'params.a',
  '$(params)',
  '$(steps)',
  '$( params.a )',
])('a script may have %s, which Tekton leaves alone', (text) => {
  expect(found((task) => task.addStep('script', { image, script: `echo ${text}` }))).toEqual([]);
});

test('a variable is reported once for each script, those of sidecars included', () => {
  const script = 'echo $(params.a) $(params.b) $(params.a)';
  const messages = found((task) => {
    task.addStep('one', { image, script });
    task.addSidecar('two', { image, script });
  });
  expect(messages.map((message) => message.slice(0, message.indexOf(';')))).toEqual([
    'chart/task: $(params.a) in the script of step one',
    'chart/task: $(params.b) in the script of step one',
    'chart/task: $(params.a) in the script of sidecar two',
    'chart/task: $(params.b) in the script of sidecar two',
  ]);
  expect(messages[2]).toContain("fix: add env { NAME: '$(params.a)' } to the sidecar");
});

test('an empty script is none', () => {
  expect(found((task) => task.addStep('one', { image, script: '', command: ['true'] }))).toEqual([]);
});

test('a script may have arguments, and a sidecar no command beside it either', () => {
  expect(found((task) => task.addStep('one', { image, script: 'true', args: ['a'] }))).toEqual([]);
  expect(found((task) => task.addSidecar('two', { image, script: 'true', command: ['true'] }))).toEqual([
    'chart/task: sidecar two with both a command and a script; expected one of the two; fix: remove the command, or the script (step-command)',
  ]);
});

test('a sidecar is no step', () => {
  const chart = newChart();
  const task = new Task(chart, 'task');
  task.addSidecar('proxy', { image });
  expect(problems(chart)).toEqual([
    'chart/task: a Task without steps; expected at least one step; fix: add one with addStep (step-command)',
  ]);
  task.addStep('run', { image });
  expect(problems(chart)).toEqual([]);
});

test('a Task in no namespace is not found from a Pipeline in one', () => {
  const chart = newChart();
  const task = new Task(chart, 'task');
  task.addStep('run', { image });
  new Pipeline(chart, 'near').addTask('use', task);
  expect(problems(chart)).toEqual([]);
  new Pipeline(chart, 'far', { metadata: { namespace: 'far' } }).addTask('use', task);
  expect(problems(chart)).toEqual([
    'chart/far/use: Task task in namespace team, used from far; expected a Task in the namespace of the Pipeline, because Tekton looks nowhere else; fix: put both in one namespace, or use Task.fromResolver(Resolver.cluster(…)) (task-namespace)',
  ]);
});
