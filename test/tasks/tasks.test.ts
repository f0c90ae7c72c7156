import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Chart } from 'cdk8s';
import {
  type BuildContext,
  Builder,
  BuildTask,
  Criterion,
  DeployTask,
  ExperimentTask,
  Images,
  Iter8Api,
  Iter8Tasks,
  Kaniko,
  LoadProfile,
  LoadTask,
  Pipeline,
  PipelineRun,
  type Step,
  Task,
  WaitTask,
} from '../../lib';
import { script } from '../../lib/tasks/script';
import { manifest, manifests, newChart } from '../support/synth';

const SCRIPTS = readdirSync(join(__dirname, '../../lib/tasks/scripts'));
const service = { service: 'reviews', namespace: 'bookinfo' };

function tasks(chart: Chart): any[] {
  return manifests(chart).filter((each) => each.kind === 'Task');
}

test('the five Tasks have these steps', () => {
  const chart = newChart();
  new Iter8Tasks(chart, 'canary');
  const steps = tasks(chart).map(({ metadata, spec }) => [metadata.name, ...spec.steps.map((step: any) => step.name)]);
  expect(steps).toEqual([
    ['canary-build', 'clone', 'build-and-push'],
    ['canary-experiment', 'fetch', 'create-experiment'],
    ['canary-deploy', 'fetch', 'modify-patch', 'kustomize', 'log-deployment', 'apply'],
    ['canary-load', 'generate-load'],
    ['canary-wait', 'wait'],
  ]);
});

test.each(['ReviewsCanary', 'x'.repeat(53)])('Tasks whose names would begin with %s are refused', (name) => {
  expect(() => new Iter8Tasks(newChart(), name)).toThrow(
    `chart/${name}: name is "${name}"; expected at most 52 lower-case letters, digits, "-" and "."`,
  );
});

test('every image comes from the catalogue, and has a version', () => {
  const chart = newChart();
  const images = Images.of({
    tools: 'example.com/t:1',
    git: 'example.com/g:1',
    kaniko: 'example.com/k:1',
    fortio: 'example.com/f:1',
  });
  new Iter8Tasks(chart, 'canary', { images });
  const used = tasks(chart).flatMap(({ spec }) =>
    [...spec.steps, ...(spec.sidecars ?? [])].map((each: any) => each.image),
  );
  expect([...new Set(used)].sort()).toEqual(['f', 'g', 'k', 't'].map((name) => `example.com/${name}:1`));
});

test('all steps but the builder run without any rights', () => {
  const chart = newChart();
  new Iter8Tasks(chart, 'canary');
  const containers = tasks(chart).flatMap(({ spec }) => [...spec.steps, ...(spec.sidecars ?? [])]);
  for (const { name, securityContext } of containers.filter((each) => each.name !== 'build-and-push')) {
    expect([name, securityContext]).toEqual([
      name,
      {
        runAsNonRoot: true,
        runAsUser: 65534,
        runAsGroup: 65534,
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
        seccompProfile: { type: 'RuntimeDefault' },
      },
    ]);
  }
});

test('the pods stay out of the mesh, unless load comes from there', () => {
  const chart = newChart();
  const all = new Iter8Tasks(chart, 'canary');
  expect(all.meshLoadTask).toBe(all.meshLoadTask);
  const labels = tasks(chart).map(({ metadata }) => [metadata.name, metadata.labels['sidecar.istio.io/inject']]);
  expect(Object.fromEntries(labels)).toEqual({
    'canary-build': 'false',
    'canary-experiment': 'false',
    'canary-deploy': 'false',
    'canary-load': 'false',
    'canary-mesh-load': 'true',
    'canary-wait': 'false',
  });
});

test.each(SCRIPTS)('%s holds no Tekton variable, and includes all that it needs', (name) => {
  const text = script(name);
  expect(text).not.toMatch(/\$\((params|results|workspaces|context|tasks|steps?)[.[]/);
  expect(text).not.toContain('$(dirname "$0")');
  expect(text).not.toContain('# shellcheck');
});

test('the scripts are told the version of the API, and nothing else differs', () => {
  const chart = newChart();
  new WaitTask(chart, 'wait', { api: Iter8Api.V1ALPHA1 });
  const { params, steps } = manifest(chart, 'Task').spec;
  const { env } = steps[0];
  expect(env).toContainEqual({ name: 'EXPERIMENT', value: '$(params.experiment)' });
  expect(env).toContainEqual({ name: 'EXPERIMENT_UID', value: '$(params.experiment-uid)' });
  for (const name of ['experiment', 'experiment-uid']) {
    expect(params).toContainEqual(expect.objectContaining({ name, default: '' }));
  }
  expect(env).toContainEqual({ name: 'ITER8_API_VERSION', value: 'iter8.tools/v1alpha1' });
  expect(env).toContainEqual({ name: 'ITER8_ROUTER_BY_SERVICE', value: 'true' });
});

test('kaniko gets only what was checked before, as arguments of its own', () => {
  const chart = newChart();
  const builder = new Kaniko({
    insecureRegistries: ['registry.example.com:5000'],
    cache: true,
    extraArgs: ['--verbosity=debug'],
  });
  new BuildTask(chart, 'build', { builder });
  expect(manifest(chart, 'Task').spec.steps[1]).toEqual({
    name: 'build-and-push',
    image: 'ghcr.io/osscontainertools/kaniko:v1.28.3',
    command: ['/kaniko/executor'],
    args: [
      '--context=dir:///work/source/$(params.context)',
      '--dockerfile=/work/source/$(params.context)/$(params.dockerfile)',
      '--destination=$(params.image):$(steps.clone.results.tag)',
      '--digest-file=$(results.IMAGE_DIGEST.path)',
      '--insecure-registry=registry.example.com:5000',
      '--skip-tls-verify-registry=registry.example.com:5000',
      '--cache=true',
      '--verbosity=debug',
      '$(steps.clone.results.build-args[*])',
    ],
    env: [{ name: 'DOCKER_CONFIG', value: '$(credentials.path)/.docker' }],
    volumeMounts: [{ name: 'work', mountPath: '/work' }],
    securityContext: { runAsUser: 0 },
  });
});

test('another builder is a class', () => {
  class Mine extends Builder {
    public addStep(task: Task, build: BuildContext): Step {
      return task.addStep('mine', { image: 'example.com/mine:1', args: [build.destination, build.digestFile] });
    }
  }
  const chart = newChart();
  new BuildTask(chart, 'build', { builder: new Mine() });
  expect(manifest(chart, 'Task').spec.steps[1].args).toEqual([
    '$(params.image):$(steps.clone.results.tag)',
    '$(results.IMAGE_DIGEST.path)',
  ]);
});

function assembled() {
  const chart = newChart('bookinfo');
  const pipeline = new Pipeline(chart, 'own');
  const build = new BuildTask(chart, 'b').addTo(pipeline, {
    repository: 'https://git.example.com/a',
    image: 'example.com/a',
  });
  const experiment = new ExperimentTask(chart, 'e').addTo(pipeline, {
    ...service,
    commit: build.commit,
    options: { criteria: [Criterion.errorCount({ below: 1 })] },
  });
  const deploy = new DeployTask(chart, 'd').addTo(pipeline, {
    ...service,
    repository: 'https://git.example.com/a',
    commit: build.commit,
    image: build.image,
    candidate: experiment.candidate,
    baseline: experiment.baseline,
  });
  const load = new LoadTask(chart, 'l').addTo(pipeline, {
    ...service,
    load: LoadProfile.constantRate({ host: 'example.com', perSecond: 1 }),
    experiment: experiment.experiment,
    experimentUid: experiment.experimentUid,
    runAfter: [deploy],
  });
  const waits = new WaitTask(chart, 'w');
  const wait = waits.addTo(pipeline, { ...service, runAfter: [deploy] });
  const finish = waits.addFinallyTo(pipeline, service);
  return { chart, pipeline, build, experiment, deploy, load, wait, finish };
}

test('the five tasks assembled by hand give each other what they need', () => {
  const { chart, pipeline, build, deploy, load, wait, finish } = assembled();
  for (const [name, value] of Object.entries({
    commit: build.shortCommit,
    deployment: deploy.deployment,
    requests: load.requests,
    errors: load.errors,
    p99: load.p99Millis,
    verdict: wait.verdict,
    winner: wait.winner,
    reason: finish.reason,
    image: finish.image,
    report: finish.report,
  })) {
    pipeline.addResult(name, { value });
  }
  new PipelineRun(chart, 'run', { pipeline });
  const spec = manifest(chart, 'Pipeline').spec;
  expect(spec.tasks.map((task: any) => [task.name, task.runAfter])).toEqual([
    ['build', undefined],
    ['experiment', ['build']],
    ['deploy', ['experiment']],
    ['load', ['deploy']],
    ['wait', ['deploy']],
  ]);
  expect(Object.fromEntries(spec.results.map(({ name, value }: any) => [name, value]))).toMatchObject({
    verdict: '$(tasks.wait.results.verdict)',
    reason: '$(finally.finish.results.reason)',
    p99: '$(tasks.load.results.p99-millis)',
  });
});

test('defaults of what is bound', () => {
  const { chart } = assembled();
  const bound = (name: string, where = 'tasks') => {
    const task = manifest(chart, 'Pipeline').spec[where].find((each: any) => each.name === name);
    return { ...Object.fromEntries(task.params.map((param: any) => [param.name, param.value])), timeout: task.timeout };
  };
  expect(bound('build')).toEqual({
    repository: 'https://git.example.com/a',
    image: 'example.com/a',
    revision: '',
    context: '.',
    dockerfile: 'Dockerfile',
    'build-args': [],
    timeout: '30m',
  });
  expect(bound('experiment')).toMatchObject({
    run: '$(context.pipelineRun.uid)',
    deployment: 'reviews',
    baseline: '',
    concurrency: 'queue',
    'queue-deadline': '3600',
    timeout: '1h15m',
  });
  expect(bound('deploy')).toMatchObject({
    image: '$(tasks.build.results.IMAGE_URL)@$(tasks.build.results.IMAGE_DIGEST)',
    path: 'kustomize',
    container: '',
    deployment: 'reviews',
    'ready-deadline': '300',
    timeout: '15m',
  });
  expect(bound('load')).toMatchObject({ deadline: '900', 'max-error-rate': '', timeout: '20m' });
  expect(bound('wait')).toMatchObject({
    mode: 'wait',
    experiment: '',
    'experiment-uid': '',
    deadline: '1800',
    interval: '30',
    'fail-on': 'baseline,inconclusive,aborted,timeout',
    tasks: [],
    timeout: '40m',
  });
  expect(bound('finish', 'finally')).toMatchObject({
    mode: 'finish',
    'fail-on': '',
    tasks: ['build', 'deploy', 'experiment', 'load', 'wait'].map(
      (name) => `${name}=$(tasks.${name}.status):$(tasks.${name}.reason)`,
    ),
    timeout: '10m',
  });
});

test('the last task reports on tasks that were added after it, and not on those beside it', () => {
  const { chart, pipeline } = assembled();
  pipeline.addTask('mine', Task.fromName('mine'));
  pipeline.addFinally('notify', Task.fromName('notify'));
  const finish = manifest(chart, 'Pipeline').spec.finally.find((each: any) => each.name === 'finish');
  const reported = finish.params.find((param: any) => param.name === 'tasks').value;
  expect(reported).toContain('mine=$(tasks.mine.status):$(tasks.mine.reason)');
  expect(reported).toHaveLength(6);
});

test('a share of failed requests that is none is refused', () => {
  const chart = newChart();
  const load = LoadProfile.constantRate({ host: 'a', perSecond: 1 });
  const inputs = { ...service, load, experiment: 'e', experimentUid: 'u', maxErrorRate: 5 };
  expect(() => new LoadTask(chart, 'l').addTo(new Pipeline(chart, 'own'), inputs)).toThrow(
    'chart/own/load: maxErrorRate is 5; expected a number from 0 to 1',
  );
});
