import { Chart, Duration } from 'cdk8s';
import { Pipeline, PipelineRun, Task, TaskServiceAccount, When, WorkspaceBinding } from '../../lib';
import { newChart, problems } from '../support/synth';

const step = { image: 'example.com/tools:1', command: ['true'] };

function task(chart: Chart, name: string): Task {
  const made = new Task(chart, name);
  made.addStep('run', step);
  return made;
}

/** A chart with a Pipeline of two tasks: `build` gives an image, `deploy` takes one. */
function delivery() {
  const chart = newChart();
  const build = task(chart, 'build');
  build.addResult('image');
  const deploy = task(chart, 'deploy');
  deploy.addParam('image');
  const pipeline = new Pipeline(chart, 'delivery');
  return { chart, build, deploy, pipeline };
}

test('what is right has no problems', () => {
  const { chart, build, deploy, pipeline } = delivery();
  const built = pipeline.addTask('build', build);
  pipeline.addTask('deploy', deploy, { params: { image: built.result('image') } });
  pipeline.addFinally('report', deploy, { params: { image: built.status } });
  pipeline.addResult('image', { value: built.result('image') });
  new PipelineRun(chart, 'run', { pipeline });
  expect(problems(chart)).toEqual([]);
});

test('all problems of an app are reported at once, each of them once', () => {
  const { chart, build, deploy, pipeline } = delivery();
  deploy.addParam('image');
  pipeline.addTask('build', build, { params: { image: 'a' } });
  pipeline.addTask('deploy', deploy, { params: { image: '$(tasks.biuld.results.image)' } });
  new Chart(chart.node.root, 'empty');
  expect(problems(chart)).toEqual([
    'chart/deploy: the param "image" more than once; expected every param to have a name of its own; fix: rename or remove one of them (duplicate-name)',
    'chart/delivery/deploy: param image uses $(tasks.biuld.results.image), but there is no task "biuld"; expected one of the tasks: build, deploy; fix: did you mean "build"? (undefined-reference)',
    'chart/delivery/build: a value for "image", which is no param of Task build; expected a param, but none is declared; fix: declare the param "image", or use one that exists (param-binding)',
  ]);
});

test('a problem that was put right is not reported any more', () => {
  const { chart, build, deploy, pipeline } = delivery();
  const built = pipeline.addTask('build', build);
  pipeline.addTask('deploy', deploy, { params: { image: built.result('digest') } });
  expect(problems(chart)).toHaveLength(1);
  build.addResult('digest');
  expect(problems(chart)).toEqual([]);
});

type Setup = (all: ReturnType<typeof delivery>) => void;

const CASES: [code: string, what: string, setup: Setup, expected: string[]][] = [
  [
    'duplicate-name',
    'two tasks of one name, finally included',
    ({ pipeline, build }) => {
      pipeline.addTask('build', build);
      pipeline.addFinally('build', build);
    },
    [
      'chart/delivery: the task "build" more than once; expected every task to have a name of its own; fix: rename or remove one of them (duplicate-name)',
    ],
  ],
  [
    'duplicate-name',
    'params that differ in case only',
    ({ build, pipeline }) => {
      build.addParam('url', { defaultValue: '' });
      build.addParam('URL', { defaultValue: '' });
      pipeline.addTask('build', build);
    },
    [
      'chart/build: the param "URL" more than once; expected every param to have a name of its own; fix: rename or remove one of them (duplicate-name)',
    ],
  ],
  [
    'duplicate-object',
    'two service accounts of one name',
    ({ chart, pipeline, build }) => {
      pipeline.addTask('build', build);
      new TaskServiceAccount(chart, 'a', { name: 'same' });
      new TaskServiceAccount(chart, 'b', { name: 'same' });
    },
    [
      'chart/b: the ServiceAccount "same", which chart/a defines as well; expected one definition of each object in a namespace; fix: give one of them another name or id, or use the one construct in both places (duplicate-object)',
    ],
  ],
  [
    'undefined-reference',
    'a result that a Task does not have',
    ({ pipeline, build, deploy }) => {
      const built = pipeline.addTask('build', build);
      pipeline.addTask('deploy', deploy, { params: { image: built.result('imag') } });
    },
    [
      'chart/delivery/deploy: param image uses $(tasks.build.results.imag), but there is no result "imag" of task build; expected one of the results of task build: image; fix: did you mean "image"? (undefined-reference)',
    ],
  ],
  [
    'undefined-reference',
    'a param that a Pipeline does not have, in a condition',
    ({ pipeline, build }) => {
      pipeline.addTask('build', build, { when: [When.isIn('$(params.on)', ['yes'])] });
    },
    [
      'chart/delivery/build: when uses $(params.on), but there is no param "on"; expected a param, but none is declared; fix: declare the param "on", or use one that exists (undefined-reference)',
    ],
  ],
  [
    'undefined-reference',
    'a variable of a Pipeline in a Task',
    ({ pipeline, build }) => {
      build.addStep('second', { ...step, env: { RUN: '$(context.pipelineRun.uid)' } });
      pipeline.addTask('build', build);
    },
    [
      'chart/build: env RUN of step second uses $(context.pipelineRun.uid), but there is no context variable "pipelineRun.uid"; expected one of the context variables: task.name, task.retry-count, taskRun.name, taskRun.namespace, taskRun.uid; fix: use one of them (undefined-reference)',
    ],
  ],
  [
    'undefined-reference',
    'a task of another Pipeline in runAfter',
    ({ chart, pipeline, build }) => {
      const other = new Pipeline(chart, 'other').addTask('first', build);
      pipeline.addTask('build', build, { runAfter: [other] });
    },
    [
      'chart/delivery/build: runAfter names the task "chart/other/first (another pipeline)", which this pipeline does not have; expected a task, but none is declared; fix: declare the task "chart/other/first (another pipeline)", or use one that exists (undefined-reference)',
    ],
  ],
  [
    'finally-reference',
    'the status of a task outside finally',
    ({ pipeline, build, deploy }) => {
      const built = pipeline.addTask('build', build);
      pipeline.addTask('deploy', deploy, { params: { image: built.status } });
    },
    [
      'chart/delivery/deploy: param image uses $(tasks.build.status); expected the status of a task in finally tasks only; fix: use addFinally (finally-reference)',
    ],
  ],
  [
    'finally-reference',
    'an order among finally tasks',
    ({ pipeline, build }) => {
      const first = pipeline.addTask('build', build);
      pipeline.addFinally('last', build, { runAfter: [first] });
    },
    [
      'chart/delivery/last: runAfter in a finally task; expected no order, because finally tasks run at the same time; fix: remove it (finally-reference)',
    ],
  ],
  [
    'finally-reference',
    'a Pipeline without tasks',
    () => undefined,
    [
      'chart/delivery: a Pipeline without tasks; expected at least one task beside those under finally; fix: add one with addTask (finally-reference)',
    ],
  ],
  [
    'task-cycle',
    'tasks that wait for each other',
    ({ pipeline, build, deploy }) => {
      deploy.addResult('name');
      build.addParam('name', { defaultValue: '' });
      pipeline.addTask('build', build, { params: { name: '$(tasks.deploy.results.name)' } });
      pipeline.addTask('deploy', deploy, { params: { image: '$(tasks.build.results.image)' } });
    },
    [
      'chart/delivery: the cycle build → deploy → build (deploy runs after build: param image uses result build.image; build runs after deploy: param name uses result deploy.name); expected tasks that can be put in an order; fix: remove one of these references, or split a task in two (task-cycle)',
    ],
  ],
  [
    'param-binding',
    'no value for a param without default',
    ({ pipeline, deploy }) => {
      pipeline.addTask('deploy', deploy);
    },
    [
      'chart/delivery/deploy: no value for the param "image" of Task deploy; expected a value of type string, because the param has no default; fix: add image to params (param-binding)',
    ],
  ],
  [
    'param-binding',
    'a text for an array',
    ({ pipeline, build }) => {
      build.addArrayParam('flags');
      pipeline.addTask('build', build, { params: { flags: '-v' } });
    },
    [
      'chart/delivery/build: a value of type string for the param "flags" of Task build; expected a value of type array; fix: write it as a list, or as one variable that ends in [*] (param-binding)',
    ],
  ],
  [
    'param-binding',
    'a run without a value',
    ({ chart, pipeline, build }) => {
      pipeline.addParam('revision');
      pipeline.addTask('build', build);
      new PipelineRun(chart, 'run', { pipeline, params: { revison: 'main' } });
    },
    [
      'chart/run: no value for the param "revision" of Pipeline delivery; expected a value of type string, because the param has no default; fix: add revision to params (param-binding)',
      'chart/run: a value for "revison", which is no param of Pipeline delivery; expected one of the params: revision; fix: did you mean "revision"? (param-binding)',
    ],
  ],
  [
    'workspace-binding',
    'a workspace that is missing in the Pipeline',
    ({ pipeline, build }) => {
      build.addWorkspace('source');
      pipeline.addTask('build', build);
    },
    [
      'chart/delivery/build: no workspace for "source" of Task build; expected a workspace of the pipeline, because it is not optional; fix: add source to workspaces, with the result of the pipeline\'s addWorkspace (workspace-binding)',
    ],
  ],
  [
    'workspace-binding',
    'a workspace that is missing in a run, and one that is unknown',
    ({ chart, pipeline, build }) => {
      pipeline.addWorkspace('source');
      pipeline.addTask('build', build);
      new PipelineRun(chart, 'run', { pipeline, workspaces: { sources: WorkspaceBinding.emptyDir() } });
    },
    [
      'chart/run: nothing bound to the workspace "source" of Pipeline delivery; expected a volume, because it is not optional; fix: add source to workspaces, such as WorkspaceBinding.emptyDir() (workspace-binding)',
      'chart/run: the workspace "sources", which Pipeline delivery does not declare; expected one of the workspaces: source; fix: did you mean "source"? (workspace-binding)',
    ],
  ],
  [
    'script-variable',
    'a Tekton variable in a script',
    ({ pipeline, build }) => {
      build.addParam('branch', { defaultValue: 'main' });
      build.addStep('clone', {
        image: 'example.com/git:1',
        script: '#!/bin/sh\ngit clone -b $(params.branch) "$(pwd)"',
      });
      pipeline.addTask('build', build);
    },
    [
      'chart/build: $(params.branch) in the script of step clone; expected scripts that get their values from environment variables, because Tekton does not quote them; fix: add env { NAME: \'$(params.branch)\' } to the step and write "$NAME" in the script (script-variable)',
    ],
  ],
  [
    'step-command',
    'a command and a script',
    ({ pipeline, build }) => {
      build.addStep('both', { ...step, script: 'true' });
      pipeline.addTask('build', build);
    },
    [
      'chart/build: step both with both a command and a script; expected one of the two; fix: remove the command, or the script (step-command)',
    ],
  ],
  [
    'step-command',
    'a Task without steps',
    ({ chart, pipeline }) => {
      pipeline.addTask('empty', new Task(chart, 'empty'));
    },
    ['chart/empty: a Task without steps; expected at least one step; fix: add one with addStep (step-command)'],
  ],
  [
    'task-namespace',
    'a Task of another namespace',
    ({ chart, pipeline }) => {
      pipeline.addTask('far', task(new Chart(chart.node.root, 'far', { namespace: 'far' }), 'far'));
    },
    [
      'chart/delivery/far: Task far in namespace far, used from team; expected a Task in the namespace of the Pipeline, because Tekton looks nowhere else; fix: put both in one namespace, or use Task.fromResolver(Resolver.cluster(…)) (task-namespace)',
    ],
  ],
  [
    'task-namespace',
    'a run of a Pipeline of another namespace',
    ({ chart, pipeline, build }) => {
      pipeline.addTask('build', build);
      new PipelineRun(chart, 'run', { pipeline, metadata: { namespace: 'far' } });
    },
    [
      'chart/run: Pipeline delivery in namespace team, run in far; expected a Pipeline in the namespace of the PipelineRun, because Tekton looks nowhere else; fix: put both in one namespace (task-namespace)',
    ],
  ],
  [
    'run-timeouts',
    'a whole that is shorter than its parts',
    ({ chart, pipeline, build }) => {
      pipeline.addTask('build', build);
      new PipelineRun(chart, 'run', {
        pipeline,
        timeout: Duration.minutes(5),
        tasksTimeout: Duration.minutes(4),
        finallyTimeout: Duration.minutes(2),
      });
    },
    [
      'chart/run: timeouts of 300 s for the pipeline, 240 s for its tasks and 120 s for finally; expected at least 360 s for the pipeline; fix: raise timeout, or lower tasksTimeout or finallyTimeout (run-timeouts)',
    ],
  ],
];

test.each(CASES)('%s: %s', (_code, _what, setup, expected) => {
  const all = delivery();
  setup(all);
  const unused = 'chart/delivery: a Pipeline without tasks';
  const found = problems(all.chart);
  expect(found.filter((each) => expected[0].startsWith(unused) || !each.startsWith(unused))).toEqual(expected);
});

test('a Task that is defined elsewhere may have any params and results', () => {
  const { chart, pipeline } = delivery();
  const scanned = pipeline.addTask('scan', Task.fromName('scan'), { params: { whatever: 'a' } });
  pipeline.addResult('findings', { value: scanned.result('findings') });
  expect(problems(chart)).toEqual([]);
});

test('shell and environment variables in a step are none of ours', () => {
  const { chart, pipeline, build } = delivery();
  build.addStep('shell', { image: 'example.com/tools:1', script: '#!/bin/sh\necho "$(pwd)" "$(date +%s)"' });
  build.addStep('environment', { ...step, args: ['$(HOME)'] });
  pipeline.addTask('build', build);
  expect(problems(chart)).toEqual([]);
});
