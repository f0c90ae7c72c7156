import { type App, Chart, Duration } from 'cdk8s';
import {
  BuildTask,
  Criterion,
  DeployTask,
  ExperimentTask,
  HousekeepingTask,
  Iter8Api,
  LoadPipelineTask,
  LoadProfile,
  LoadTask,
  OverrideTask,
  Pipeline,
  PreviousTask,
  Task,
  WaitTask,
} from '../../lib';
import { manifest, manifests, newChart, problems } from '../support/synth';

const service = { service: 'reviews', namespace: 'bookinfo' };
const options = {
  criteria: [Criterion.errorCount({ below: 1 })],
  interval: Duration.seconds(10),
  maxIterations: 6,
  port: 9080,
};
const load = LoadProfile.constantRate({ host: 'example.com', perSecond: 1 });

/** Build and experiment, after which the others are to be added. */
function begun() {
  const chart = newChart('bookinfo');
  const pipeline = new Pipeline(chart, 'own');
  const build = new BuildTask(chart, 'b').addTo(pipeline, {
    repository: 'https://git.example.com/a',
    image: 'example.com/a',
  });
  const experiment = new ExperimentTask(chart, 'e').addTo(pipeline, { ...service, commit: build.commit, options });
  const { candidate, baseline } = experiment;
  const manifests = { ...service, repository: 'https://git.example.com/a', commit: build.commit, image: build.image };
  const deploy = (name?: string) => {
    return new DeployTask(chart, 'd').addTo(pipeline, { ...manifests, candidate, baseline, name });
  };
  const loads = { ...service, load, experiment: experiment.experiment, experimentUid: experiment.experimentUid };
  return { chart, pipeline, experiment, deploy, loads, wait: new WaitTask(chart, 'w') };
}

function bound(chart: Chart, task: string): Record<string, any> {
  const { params, ...rest } = manifest(chart, 'Pipeline').spec.tasks.find(({ name }: any) => name === task);
  return { ...rest, ...Object.fromEntries(params.map(({ name, value }: any) => [name, value])) };
}

test.each(['before', 'after'])('what looks at an experiment waits for a deployment that is added %s it', (order) => {
  const { chart, pipeline, experiment, deploy, loads, wait } = begun();
  if (order === 'before') {
    deploy();
  }
  new LoadTask(chart, 'l').addTo(pipeline, loads);
  wait.addTo(pipeline, { ...service, experiment });
  wait.addFinallyTo(pipeline, service);
  if (order === 'after') {
    deploy('rollout');
  }
  const { tasks } = manifest(chart, 'Pipeline').spec;
  const last = order === 'before' ? 'deploy' : 'rollout';
  expect(tasks.map(({ name, runAfter }: any) => [name, runAfter])).toEqual([
    ['build', undefined],
    ['experiment', ['build']],
    [last, ['experiment']],
    ['load', [last]],
    ['wait', [last]],
  ]);
});

test('what looks at an experiment takes its times and its port', () => {
  const { chart, pipeline, experiment, loads, wait } = begun();
  const inside = LoadProfile.constantRate({ mesh: true, perSecond: 1 });
  new LoadTask(chart, 'l', { mesh: true }).addTo(pipeline, { ...loads, load: inside });
  wait.addTo(pipeline, { ...service, experiment });
  wait.addFinallyTo(pipeline, service);
  expect(bound(chart, 'wait')).toMatchObject({
    experiment: '$(tasks.experiment.results.experiment)',
    'experiment-uid': '$(tasks.experiment.results.experiment-uid)',
    deadline: '360',
    interval: '10',
    timeout: '16m',
    runAfter: ['experiment'],
  });
  expect(bound(chart, 'load')).toMatchObject({ deadline: '360', url: 'http://reviews.bookinfo:9080/' });
});

test('what is said goes before what the experiment says', () => {
  const { chart, pipeline, experiment, loads, wait } = begun();
  const profile = LoadProfile.constantRate({ mesh: true, perSecond: 1, port: 80 });
  const deadline = Duration.minutes(20);
  new LoadTask(chart, 'l', { mesh: true }).addTo(pipeline, { ...loads, load: profile, deadline });
  wait.addTo(pipeline, { ...service, experiment, deadline, interval: Duration.seconds(7) });
  wait.addFinallyTo(pipeline, service);
  expect(bound(chart, 'wait')).toMatchObject({ deadline: '1200', interval: '7' });
  expect(bound(chart, 'load')).toMatchObject({ deadline: '1200', url: 'http://reviews.bookinfo/' });
});

test('a deadline that is over before the experiment is refused', () => {
  const { pipeline, experiment, wait } = begun();
  expect(() => wait.addTo(pipeline, { ...service, experiment, deadline: Duration.seconds(59) })).toThrow(
    'chart/own/wait: deadline is "59 s"; expected at least 60 s, which are interval times maxIterations of the experiment; fix: raise it (experimentDeadline in an Iter8Pipeline)',
  );
});

test.each<[string, (own: ReturnType<typeof begun>) => unknown]>([
  ['none', () => undefined],
  ['one of another service', ({ wait, pipeline }) => wait.addFinallyTo(pipeline, { ...service, service: 'ratings' })],
  ['one of another namespace', ({ wait, pipeline }) => wait.addFinallyTo(pipeline, { ...service, namespace: 'prod' })],
  ['one that is not under finally', ({ wait, pipeline }) => wait.addTo(pipeline, service)],
])('an experiment needs a WaitTask under finally, and has %s', (_what, add) => {
  const own = begun();
  add(own);
  expect(problems(own.chart)).toEqual([
    'chart/own/experiment: an experiment on service reviews in bookinfo that nothing ends when the run fails; expected a WaitTask for the same service under finally; fix: add it with WaitTask.addFinallyTo (experiment-finish)',
  ]);
  own.wait.addFinallyTo(own.pipeline, { ...service, name: 'last' });
  expect(problems(own.chart)).toEqual([]);
});

test('the template of an experiment is in the version of the API that its Task is made for', () => {
  const chart = newChart();
  const pipeline = new Pipeline(chart, 'own');
  const inputs = { ...service, commit: 'abcdef0', options: { criteria: [] } };
  new ExperimentTask(chart, 'e', { api: Iter8Api.V1ALPHA1 }).addTo(pipeline, inputs);
  new WaitTask(chart, 'w', { api: Iter8Api.V1ALPHA1 }).addFinallyTo(pipeline, service);
  expect(JSON.parse(bound(chart, 'experiment').template).apiVersion).toBe('iter8.tools/v1alpha1');
});

test('all Tasks of a pipeline are made for one version of the API', () => {
  const chart = newChart();
  const api = Iter8Api.V1ALPHA1;
  const criteria = [Criterion.errorCount({ below: 1 })];
  const inputs = { ...service, commit: 'abcdef0', options: { criteria } };
  const experiment = new ExperimentTask(chart, 'e');
  expect(() => experiment.addTo(new Pipeline(chart, 'p'), { ...inputs, options: { criteria, api } })).toThrow(
    'chart/p/experiment: api is "v1alpha1"; expected v1alpha2, as the Task here has it; fix: give all Tasks the same api',
  );

  const pipeline = new Pipeline(chart, 'own');
  experiment.addTo(pipeline, inputs);
  expect(() => new WaitTask(chart, 'w', { api }).addFinallyTo(pipeline, service)).toThrow(
    'chart/own/finish: api of Task e is "v1alpha2"; expected v1alpha1, as the Task here has it',
  );
  const loads = { ...service, load, experiment: '', experimentUid: '' };
  expect(() => new LoadTask(chart, 'l', { api }).addTo(pipeline, loads)).toThrow('chart/own/load: api of Task e');
  const deploys = {
    ...service,
    repository: 'https://git.example.com/a',
    commit: '$(params.a)',
    image: '$(params.a)',
    candidate: 'c',
    baseline: '',
  };
  expect(() => new DeployTask(chart, 'd', { api }).addTo(pipeline, deploys)).toThrow('chart/own/deploy: api of Task e');
});

test('an experiment that nothing can win is refused, unless its version of the API takes the candidate then', () => {
  const chart = newChart();
  const inputs = { ...service, commit: 'abcdef0', options: { criteria: [] } };
  expect(() => new ExperimentTask(chart, 'e').addTo(new Pipeline(chart, 'own'), inputs)).toThrow(
    'chart/own/experiment: criteria is []; expected at least one, because no candidate wins without in v1alpha2; fix: give [Criterion.errorRate({ below: 0.01 })]',
  );
});

test('an experiment that takes longer than the steps can count is refused', () => {
  const chart = newChart();
  const long = { ...options, interval: Duration.days(100), maxIterations: 1000 };
  const inputs = { ...service, commit: 'abcdef0', options: long };
  expect(() => new ExperimentTask(chart, 'e').addTo(new Pipeline(chart, 'own'), inputs)).toThrow(
    'chart/own/experiment: interval times maxIterations in seconds is 8640000000; expected a number from 1 to 999999000',
  );
});

test('times are whole seconds, and Durations', () => {
  const { chart, pipeline, wait } = begun();
  wait.addTo(pipeline, { ...service, timeout: Duration.millis(1500), deadline: Duration.millis(1200) });
  wait.addFinallyTo(pipeline, service);
  expect(bound(chart, 'wait')).toMatchObject({ timeout: '2s', deadline: '2' });
  const words = '30s' as unknown as Duration;
  for (const [what, inputs] of [
    ['timeout', { timeout: words }],
    ['deadline', { deadline: words }],
    ['interval', { interval: words }],
  ] as const) {
    expect(() => wait.addTo(pipeline, { ...service, ...inputs, name: what })).toThrow(
      `chart/own/${what}: ${what} is "30s"; expected a Duration; fix: give ${what} as Duration.seconds(30)`,
    );
  }
});

test.each([true, false])('load and Task have to agree on whether the pods are inside the mesh: Task %s', (mesh) => {
  const { chart, pipeline, loads } = begun();
  const profile = mesh ? load : LoadProfile.constantRate({ mesh: true, perSecond: 1 });
  expect(() => new LoadTask(chart, 'l', { mesh }).addTo(pipeline, { ...loads, load: profile })).toThrow(
    `chart/own/load: mesh of the load is ${!mesh}; expected ${mesh}, as the Task l is made, whose pods ${mesh ? 'get' : 'do not get'} Istio's sidecar; fix: use a LoadTask that is made with mesh: ${!mesh}`,
  );
});

test('a Task that is defined elsewhere has what it is said to have', () => {
  const { pipeline, loads } = begun();
  const inside = LoadProfile.constantRate({ mesh: true, perSecond: 1 });
  const use = new LoadPipelineTask(pipeline, Task.fromName('our-load'), { ...loads, load: inside });
  expect(use._render().taskRef).toEqual({ kind: 'Task', name: 'our-load' });
});

test.each([
  ['build', (chart: Chart) => new BuildTask(chart, 'task')],
  ['experiment', (chart: Chart) => new ExperimentTask(chart, 'task')],
  ['deploy', (chart: Chart) => new DeployTask(chart, 'task')],
  ['load', (chart: Chart) => new LoadTask(chart, 'task')],
  ['wait', (chart: Chart) => new WaitTask(chart, 'task')],
  ['override', (chart: Chart) => new OverrideTask(chart, 'task')],
  ['previous', (chart: Chart) => new PreviousTask(chart, 'task')],
  ['housekeeping', (chart: Chart) => new HousekeepingTask(chart, 'task')],
])('the Task %s is not put into a chart whose labels its pods would get', (_what, make) => {
  const labelled = new Chart(newChart().node.root as App, 'labelled', { labels: { app: 'reviews' } });
  expect(() => make(labelled)).toThrow(
    "labelled/task: the chart has the label app=reviews, which the pods of tasks would get, and with it the traffic of a Service that selects by it; expected a chart without labels; fix: put this into a chart of its own, new Chart(app, 'delivery', { namespace: 'namespace' })",
  );
  expect(manifests(labelled)).toEqual([]);
});

test('nobody can change the calls that all uses of a Task share', () => {
  for (const { API_CALLS } of [
    ExperimentTask,
    DeployTask,
    LoadTask,
    OverrideTask,
    PreviousTask,
    HousekeepingTask,
    WaitTask,
  ]) {
    expect(() => API_CALLS.push(API_CALLS[0])).toThrow(TypeError);
    expect(() => API_CALLS[0].verbs.push('*')).toThrow(TypeError);
    expect(() => API_CALLS[0].resources.push('*')).toThrow(TypeError);
    expect(() => Object.assign(API_CALLS[0], { group: '*' })).toThrow(TypeError);
  }
});
