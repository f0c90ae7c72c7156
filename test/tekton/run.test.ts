import { type Chart, Duration } from 'cdk8s';
import { Pipeline, PipelineRun, type PipelineRunProps, Task, WorkspaceBinding } from '../../lib';
import { manifest, newChart, problems } from '../support/synth';

const any = Task.fromName('any');

function newRun(props: Partial<PipelineRunProps> = {}, prepare: (pipeline: Pipeline) => void = () => undefined): Chart {
  const chart = newChart();
  const pipeline = new Pipeline(chart, 'pipeline');
  pipeline.addTask('build', any);
  prepare(pipeline);
  new PipelineRun(chart, 'run', { pipeline, ...props });
  return chart;
}

test.each(['', 'UPPER-', 'a b-', '-a', '.', 'a_b-', 'x.-', 'a-.b', 'a.', '$(params.x)-', `${'a'.repeat(58)}-`])(
  'a name does not begin with %j',
  (generateName) => {
    expect(() => newRun({ generateName })).toThrow(
      `chart/run: generateName is "${generateName}"; expected at most 58 lower-case letters`,
    );
  },
);

test.each(['a', 'a-', 'a.b-c-', `${'a'.repeat(57)}-`])('a name may begin with %s', (generateName) => {
  const { metadata } = manifest(newRun({ generateName }), 'PipelineRun');
  expect(metadata).toEqual({ generateName, namespace: 'team' });
});

test.each([
  ['a'.repeat(63), `${'a'.repeat(57)}-`],
  [`${'a'.repeat(56)}.bcdefg`, `${'a'.repeat(56)}-`],
  [`${'a'.repeat(55)}--b`, `${'a'.repeat(55)}-`],
  ['a.b', 'a.b-'],
])('the name of the Pipeline %s is shortened so that it fits', (name, generateName) => {
  const chart = newChart();
  new PipelineRun(chart, 'run', { pipeline: Pipeline.fromName(name) });
  expect(manifest(chart, 'PipelineRun').metadata.generateName).toBe(generateName);
});

test('a run has no name, and a definition no beginning of one', () => {
  expect(() => newRun({ metadata: { name: 'mine' } })).toThrow(
    'chart/run: metadata.name is "mine"; expected no name for a PipelineRun, which gets one in the cluster; fix: give generateName',
  );
  expect(() => newRun({ metadata: { generateName: 'mine-' } as any })).toThrow(
    'chart/run: metadata.generateName is "mine-"; expected none in metadata; fix: give generateName beside metadata',
  );
  expect(() => new Task(newChart(), 'task', { metadata: { generateName: 'mine-' } as any })).toThrow(
    'chart/task: metadata.generateName is "mine-"; expected none in metadata; fix: give it a name',
  );
});

test('what is refused leaves nothing behind', () => {
  const chart = newChart();
  const pipeline = new Pipeline(chart, 'pipeline');
  pipeline.addTask('build', any);
  expect(() => new PipelineRun(chart, 'run', { pipeline, params: { a: undefined } })).toThrow('chart/run: param a is');
  expect(() => new PipelineRun(chart, 'run', { pipeline, generateName: 'A' })).toThrow();
  expect(() => new Task(chart, 'task', { metadata: { name: 'A' } })).toThrow();
  expect(() => new Task(chart, 'task', { metadata: { namespace: 'a b' } })).toThrow(
    'chart/task: the namespace is "a b"; expected at most 63 lower-case letters, digits and "-"',
  );
  expect(() => new Task(chart, 'task', { stepTemplate: { image: '' } })).toThrow();
  new PipelineRun(chart, 'run', { pipeline });
  new Task(chart, 'task').addStep('run', { image: 'a' });
  expect(problems(chart)).toEqual([]);
});

test.each<[props: any, message: string]>([
  [
    { params: { v: '$(tasks.build.results.image)' } },
    'param v is "$(tasks.build.results.image)"; expected a value that is known before the tasks run; fix: bind $(tasks.build.results.image) to the task that needs it',
  ],
  [{ params: { v: ['$(finally.a.results.b)'] } }, 'param v is ["$(finally.a.results.b)"]'],
  [{ params: { v: 1n } }, 'param v is 1; expected a string, a list of strings or a map of strings'],
  [{ params: { 'a b': 'x' } }, 'the name of a param is "a b"'],
  [{ workspaces: { 'a b': WorkspaceBinding.emptyDir() } }, 'the name of a workspace is "a b"'],
  [{ serviceAccountName: '' }, 'serviceAccountName is ""; expected at most 253 lower-case letters'],
  [{ taskRunSpecs: { build: { serviceAccountName: 'A B' } } }, 'serviceAccountName for task build is "A B"'],
  [
    { taskRunSpecs: { build: { computeResources: { limits: { cpu: 'all' } } } } },
    'cpu in limits of task build is "all"; expected a quantity',
  ],
])('a run does not have %j', (props, message) => {
  expect(() => newRun(props)).toThrow(`chart/run: ${message}`);
});

test('single tasks of a run', () => {
  const prepare = (pipeline: Pipeline) => {
    pipeline.addTask('deploy', any, { serviceAccountName: 'deployer', timeout: Duration.minutes(5) });
  };
  const taskRunSpecs = {
    deploy: {
      timeout: Duration.minutes(20),
      computeResources: { requests: { cpu: '1' } },
      podTemplate: { nodeSelector: { disk: 'fast' } },
      metadata: { labels: { a: 'b' }, annotations: { c: 'd' } },
    },
    build: { serviceAccountName: 'builder' },
  };
  const { spec } = manifest(
    newRun({ taskRunSpecs, podTemplate: { nodeSelector: { disk: 'slow' } } }, prepare),
    'PipelineRun',
  );
  expect(spec.taskRunTemplate).toEqual({ podTemplate: { nodeSelector: { disk: 'slow' } } });
  expect(spec.timeouts).toEqual({ pipeline: '1h', tasks: '1h' });
  expect(spec.taskRunSpecs).toEqual([
    { pipelineTaskName: 'build', serviceAccountName: 'builder' },
    {
      pipelineTaskName: 'deploy',
      serviceAccountName: 'deployer',
      timeout: '20m',
      computeResources: { requests: { cpu: '1' } },
      podTemplate: { nodeSelector: { disk: 'fast' } },
      metadata: { labels: { a: 'b' }, annotations: { c: 'd' } },
    },
  ]);
});

test('a field that is not known is not written, nor another name of the task', () => {
  const taskRunSpecs = { build: { pipelineTaskName: 'other', unknown: 1, timeout: Duration.millis(1500) } as any };
  const { spec } = manifest(newRun({ taskRunSpecs }), 'PipelineRun');
  expect(spec.taskRunSpecs).toEqual([{ pipelineTaskName: 'build', timeout: '1s500ms' }]);
});

test('taskRunSpecs are for tasks of the Pipeline, finally included, and within the time of all', () => {
  const last = (pipeline: Pipeline) => {
    pipeline.addFinally('last', any, { timeout: Duration.minutes(1) });
  };
  expect(problems(newRun({ taskRunSpecs: { last: {} } }, last))).toEqual([]);
  expect(problems(newRun({ taskRunSpecs: { biuld: {} } }, last))).toEqual([
    'chart/run: taskRunSpecs for the task "biuld", which Pipeline pipeline does not have; expected one of the tasks: build, last; fix: did you mean "build"? (task-run-specs)',
  ]);
  const hours = (amount: number) => ({ timeout: Duration.hours(amount) });
  expect(problems(newRun({ taskRunSpecs: { build: hours(2) }, tasksTimeout: Duration.hours(2) }, last))).toEqual([]);
  const late = 'chart/run: a timeout of 7200 s in taskRunSpecs for task';
  const rest =
    'expected at most the 3600 s that all tasks have; fix: lower it, or raise timeout and tasksTimeout (task-run-specs)';
  expect(problems(newRun({ taskRunSpecs: { build: hours(2) }, tasksTimeout: Duration.hours(1) }, last))).toEqual([
    `${late} build; ${rest}`,
  ]);
  expect(problems(newRun({ taskRunSpecs: { last: hours(2) } }, last))).toEqual([`${late} last; ${rest}`]);
  const elsewhere = newChart();
  const pipeline = Pipeline.fromName('elsewhere');
  new PipelineRun(elsewhere, 'run', { pipeline, taskRunSpecs: { any: hours(2) } });
  new PipelineRun(elsewhere, 'long', { pipeline, taskRunSpecs: { any: hours(2) }, timeout: Duration.hours(3) });
  expect(problems(elsewhere)).toEqual([`${late} any; ${rest}`]);
});

const claim = (name: string) => WorkspaceBinding.persistentVolumeClaim(name);
const template = () => WorkspaceBinding.volumeClaimTemplate({ storage: '1Gi' });
const custom = (claimName: string) => WorkspaceBinding.custom({ persistentVolumeClaim: { claimName } });
test.each<[what: string, a: WorkspaceBinding, b: WorkspaceBinding, fits: boolean]>([
  ['one claim', claim('x').subPath('a'), claim('x').subPath('b'), true],
  ['a claim and a folder', claim('x'), WorkspaceBinding.emptyDir(), true],
  ['no claims', WorkspaceBinding.secret('x'), WorkspaceBinding.configMap('x'), true],
  ['two claims', claim('x'), claim('y'), false],
  ['two claims for the run', template(), template(), false],
  ['a claim and one for the run', custom('x'), template(), false],
])('a task gets one claim: %s', (_what, a, b, fits) => {
  const chart = newRun({ workspaces: { a, b } }, (pipeline) => {
    const [one, two] = ['a', 'b'].map((name) => pipeline.addWorkspace(name));
    pipeline.addTask('both', any, { workspaces: { source: one, cache: two } });
    pipeline.addTask('twice', any, { workspaces: { source: one, again: one.subPath('x') } });
    pipeline.addTask('other', any, { workspaces: { cache: two } });
  });
  expect(problems(chart)).toEqual(
    fits
      ? []
      : [
          'chart/run: 2 PersistentVolumeClaims for task both, in the workspaces a, b; expected no more than one in a task, because Tekton refuses more unless it is configured otherwise; fix: bind one claim to all of them, with a subPath for each (workspace-claim)',
        ],
  );
});

test('a folder of a folder', () => {
  expect(claim('x').subPath('a').subPath('b')._render('w').subPath).toBe('a/b');
  const workspace = new Pipeline(newChart(), 'pipeline').addWorkspace('w');
  expect(workspace.subPath('a').subPath('$(params.b)')._subPath).toBe('a/$(params.b)');
  expect(workspace.bound).toBe('$(workspaces.w.bound)');
});

test('volumes for workspaces have one source and a size', () => {
  expect(() => WorkspaceBinding.custom({})).toThrow('WorkspaceBinding.custom: its source is {}; expected one field');
  expect(() => WorkspaceBinding.custom({ emptyDir: {}, secret: {} })).toThrow('expected one field');
  expect(() => WorkspaceBinding.custom({ subPath: 'a' })).toThrow('expected one field');
  expect(() => WorkspaceBinding.volumeClaimTemplate({ storage: 'big' })).toThrow(
    'WorkspaceBinding.volumeClaimTemplate: storage is "big"; expected a quantity',
  );
});
