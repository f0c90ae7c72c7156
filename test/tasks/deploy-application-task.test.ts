import { App, Chart, Duration } from 'cdk8s';
import {
  BuildTask,
  DeployApplicationPipelineTask,
  DeployApplicationTask,
  Images,
  Pipeline,
  PipelineRun,
  Task,
  TaskServiceAccount,
} from '../../lib';
import { manifest, manifests, newChart } from '../support/synth';

const inputs = { repository: 'https://git.example.com/app', manifests: 'manifests', namespace: 'bookinfo' };

test('the Task has two steps, without rights and outside of the mesh', () => {
  const chart = newChart();
  new DeployApplicationTask(chart, 'app', { images: Images.of({ tools: 'example.com/t:1', git: 'example.com/g:1' }) });
  const { metadata, spec } = manifest(chart, 'Task');
  expect(metadata).toMatchObject({ name: 'app', labels: { 'sidecar.istio.io/inject': 'false' } });
  expect(
    spec.steps.map(({ name, image, securityContext }: any) => [name, image, securityContext.runAsNonRoot]),
  ).toEqual([
    ['fetch', 'example.com/g:1', true],
    ['apply', 'example.com/t:1', true],
  ]);
  expect(spec.results.map(({ name }: any) => name)).toEqual(['applied', 'commit']);
});

test('it is used before a build, as an account of its own', () => {
  const chart = newChart('bookinfo');
  const pipeline = new Pipeline(chart, 'delivery');
  const account = new TaskServiceAccount(chart, 'account', { apiCalls: DeployApplicationTask.API_CALLS });
  const applied = new DeployApplicationTask(chart, 'app').addTo(pipeline, {
    ...inputs,
    host: 'bookinfo.example.com',
    readyDeadline: Duration.minutes(2),
    serviceAccountName: account.name,
  });
  new BuildTask(chart, 'build').addTo(pipeline, {
    repository: 'https://git.example.com/reviews',
    image: 'registry.example.com/reviews',
    runAfter: [applied],
  });
  pipeline.addResult('applied', { value: applied.applied });
  pipeline.addResult('commit', { value: applied.commit });
  new PipelineRun(chart, 'run', { pipeline });

  const { tasks, results } = manifest(chart, 'Pipeline').spec;
  expect(tasks.map(({ name, runAfter, timeout }: any) => [name, runAfter, timeout])).toEqual([
    ['deploy-application', undefined, '12m'],
    ['build', ['deploy-application'], '30m'],
  ]);
  expect(Object.fromEntries(tasks[0].params.map(({ name, value }: any) => [name, value]))).toEqual({
    repository: 'https://git.example.com/app',
    revision: '',
    path: 'manifests',
    namespace: 'bookinfo',
    host: 'bookinfo.example.com',
    'ready-deadline': '120',
  });
  expect(results.map(({ value }: any) => value)).toEqual([
    '$(tasks.deploy-application.results.applied)',
    '$(tasks.deploy-application.results.commit)',
  ]);
  expect(manifest(chart, 'PipelineRun').spec.taskRunSpecs).toContainEqual({
    pipelineTaskName: 'deploy-application',
    serviceAccountName: 'account',
  });
});

test('a Task that exists elsewhere can take its place', () => {
  const chart = newChart('bookinfo');
  const pipeline = new Pipeline(chart, 'delivery');
  new DeployApplicationPipelineTask(pipeline, Task.fromName('theirs'), inputs);
  expect(manifest(chart, 'Pipeline').spec.tasks[0].taskRef).toEqual({ kind: 'Task', name: 'theirs' });
  expect(manifests(chart)).toHaveLength(1);
});

test('a chart with labels is refused', () => {
  const chart = new Chart(new App(), 'chart', { labels: { app: 'reviews' } });
  expect(() => new DeployApplicationTask(chart, 'app')).toThrow('chart/app: the chart has the label app=reviews');
});
