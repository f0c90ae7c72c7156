import { App, Chart, Duration } from 'cdk8s';
import {
  type ApiCall,
  BuildTask,
  Criterion,
  DeployTask,
  ExperimentTask,
  LoadProfile,
  LoadTask,
  Pipeline,
  PipelineRun,
  Task,
  TaskServiceAccount,
  WaitTask,
} from '../../lib';

/**
 * The five tasks assembled by hand, with a task of the team's own in between: the candidate gets traffic only after its
 * smoke test has passed.
 */
export function ownPipeline(app: App): void {
  const chart = new Chart(app, 'ratings', { namespace: 'bookinfo' });
  const service = { service: 'ratings', namespace: 'bookinfo' };

  const build = new BuildTask(chart, 'build');
  const experiment = new ExperimentTask(chart, 'experiment');
  const deploy = new DeployTask(chart, 'deploy');
  const load = new LoadTask(chart, 'load', { mesh: true });
  const wait = new WaitTask(chart, 'wait');

  const smokeTest = new Task(chart, 'smoke-test', {
    description: 'Asks the image for its version before it is deployed.',
  });
  const image = smokeTest.addParam('image', { description: 'The image by its digest' });
  smokeTest.addStep('run', {
    image: image.ref,
    command: ['/bin/sh', '-c', 'test -s /www/ratings/0'],
    securityContext: { allowPrivilegeEscalation: false },
  });

  const account = (name: string, apiCalls: ApiCall[] = [], ownApiCalls: ApiCall[] = []) =>
    new TaskServiceAccount(chart, `ratings-${name}`, { apiCalls, ownApiCalls }).name;

  const pipeline = new Pipeline(chart, 'ratings-canary', { description: 'Canary delivery of ratings.' });
  const repository = pipeline.addParam('repository', { defaultValue: 'https://git.example.com/bookinfo/ratings' });
  const revision = pipeline.addParam('revision', { defaultValue: '' });
  const built = build.addTo(pipeline, {
    repository: repository.ref,
    revision: revision.ref,
    image: 'registry.example.com/bookinfo/ratings',
    serviceAccountName: account('build'),
  });
  const tested = pipeline.addTask('smoke-test', smokeTest, {
    params: { image: built.image },
    timeout: Duration.minutes(5),
  });
  const begun = experiment.addTo(pipeline, {
    ...service,
    commit: built.commit,
    options: { criteria: [Criterion.errorRate({ below: 0.01 })], interval: Duration.seconds(10), maxIterations: 10 },
    runAfter: [tested],
    serviceAccountName: account('experiment', ExperimentTask.API_CALLS, ExperimentTask.OWN_API_CALLS),
  });
  deploy.addTo(pipeline, {
    ...service,
    repository: repository.ref,
    commit: built.commit,
    image: built.image,
    candidate: begun.candidate,
    baseline: begun.baseline,
    serviceAccountName: account('deploy', DeployTask.API_CALLS),
  });
  load.addTo(pipeline, {
    ...service,
    load: LoadProfile.constantRate({ mesh: true, port: 9080, path: '/ratings/0', perSecond: 10 }),
    experiment: begun.experiment,
    experimentUid: begun.experimentUid,
    serviceAccountName: account('load', LoadTask.API_CALLS, LoadTask.OWN_API_CALLS),
  });
  const waiting = account('wait', WaitTask.API_CALLS);
  wait.addTo(pipeline, { ...service, experiment: begun, serviceAccountName: waiting });
  const finished = wait.addFinallyTo(pipeline, { ...service, serviceAccountName: waiting });
  pipeline.addResult('verdict', { value: finished.verdict });
  pipeline.addResult('report', { value: finished.report });

  new PipelineRun(new Chart(app, 'ratings-run', { namespace: 'bookinfo' }), 'run', { pipeline });
}

if (require.main === module) {
  const app = new App();
  ownPipeline(app);
  app.synth();
}
