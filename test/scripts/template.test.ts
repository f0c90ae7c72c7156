import { longTest } from '../support/extent';
import type { TaskOutcome } from '../support/tekton/task-runner';
import { World } from '../support/world';

jest.setTimeout(240_000);
const PATH = 'iter8/experiment.yaml';
let world: World;

const TEMPLATES = {
  v1alpha2: `# As in the repository of a team
apiVersion: iter8.tools/v1alpha2
kind: Experiment
metadata:
  name: reviews-experiment
spec:
  service:
    name: reviews
  criteria:
  - metric: iter8_error_rate
    threshold: { type: absolute, value: 0.01 }
  trafficControl: { strategy: progressive, maxIncrement: 40 }
  duration: { interval: 5s, maxIterations: 3 }
`,
  v1alpha1: `apiVersion: iter8.tools/v1alpha1
kind: Experiment
metadata:
  name: reviews-experiment
spec:
  targetService: { apiVersion: v1, name: reviews, baseline: BASELINE, candidate: CANDIDATE }
  trafficControl: { strategy: check_and_increment, interval: 5s, trafficStepSize: 40, maxIterations: 3, onSuccess: candidate }
  analysis:
    successCriteria:
    - { metricName: iter8_error_rate, toleranceType: threshold, tolerance: 0.01 }
`,
};
const VERSIONS = ['v1alpha2', 'v1alpha1'] as const;

afterEach(async () => {
  await world.stop();
});

/** Runs the task for a commit with these files. */
async function create(files: Record<string, string>, params: Record<string, string> = {}): Promise<TaskOutcome> {
  const commit = world.git.commit(files);
  const given = { 'template-path': PATH, repository: world.git.url, commit, ...params };
  return world.task('experiment', given, { HOLD_SECONDS: '15' });
}

/** What the controller goes by. */
const created = () => {
  const { metadata, spec } = world.experiment;
  const text = JSON.stringify({ labels: Object.keys(metadata.labels), spec });
  return JSON.parse(text.replace(/reviews-[0-9a-f]{7}"/g, 'CANDIDATE"'));
};

longTest.each(VERSIONS)('%s: a template in the repository makes the same experiment as options do', async (version) => {
  world = await World.start({ version });
  const files = { [PATH]: TEMPLATES[version] };
  const found = await create(files);
  expect([found.status, found.results.baseline]).toEqual(['Succeeded', 'reviews-v1']);
  expect(found.results.experiment).toMatch(/^reviews-experiment-[0-9a-f]{10}$/);
  expect(world.traffic['reviews-v1']).toBe(100);
  const fromFile = created();
  await world.stop();

  world = await World.start({ version });
  expect((await create(files, { 'template-path': '', repository: '' })).status).toBe('Succeeded');
  const typed = created();
  for (const part of ['service', 'targetService', 'networking', 'criteria', 'duration', 'analysis']) {
    expect([part, fromFile.spec[part]]).toEqual([part, typed.spec[part]]);
  }
  expect(fromFile.labels).toEqual(typed.labels);
});

const { v1alpha2 } = TEMPLATES;
test.each([
  ['missing', {}, `param template-path is '${PATH}', which commit`],
  ['no YAML', { [PATH]: 'a: [' }, `${PATH} at commit`],
  ['empty', { [PATH]: '' }, `${PATH} at commit`],
  [
    'a link to elsewhere',
    { [PATH]: '->/etc/passwd' },
    `param template-path is '${PATH}', which leads out of the repository`,
  ],
  [
    'two experiments',
    { [PATH]: `${v1alpha2}---\n${v1alpha2}` },
    'has 2 objects; expected one, the Experiment; nothing was created',
  ],
  ['another kind', { [PATH]: v1alpha2.replace('kind: Experiment', 'kind: "Exp\\nkind Experiment"') }, 'has a Exp'],
  [
    'of another API version',
    { [PATH]: TEMPLATES.v1alpha1 },
    'has a Experiment of iter8.tools/v1alpha1; expected an Experiment of iter8.tools/v1alpha2',
  ],
  [
    'with a hostile name',
    { [PATH]: v1alpha2.replace('reviews-experiment', '"$(touch x)"') },
    "has the name '$(touch x)'",
  ],
  ['without a name', { [PATH]: v1alpha2.replace('name: reviews-experiment', 'labels: {}') }, 'has the name'],
  [
    'for another service',
    { [PATH]: v1alpha2.replace('name: reviews\n', 'name: ratings\n') },
    'is for service ratings; expected reviews',
  ],
  [
    'with an interval without a unit',
    { [PATH]: v1alpha2.replace('5s', '"30"') },
    "has the interval '30'; expected a duration with its unit",
  ],
  [
    'without criteria',
    { [PATH]: v1alpha2.replace(/ {2}criteria:[\s\S]*value: 0.01 }\n/, '') },
    'has no criteria; expected at least one',
  ],
  [
    'that asks for an end',
    { [PATH]: `${v1alpha2}  manualOverride: { action: terminate }\n` },
    'asks for terminate; expected no override',
  ],
] as [string, Record<string, string>, string][])(
  'a template that is %s: nothing is created',
  async (_, files, message) => {
    world = await World.start();
    const { status, log } = await create({ other: 'file', ...files });
    expect([status, log.trim().split('\n').pop()]).toEqual(['Failed', expect.stringContaining(message)]);
    expect(world.cluster.list('Experiment', world.namespace)).toEqual([]);
    expect(world.cluster.list('VirtualService', world.namespace)).toEqual([]);
  },
);

/** As each version of the API says that iter8 is to delete the versions without traffic in the end. */
const CLEANUP = [
  ['v1alpha2', 'true', v1alpha2],
  ['v1alpha1', 'delete', TEMPLATES.v1alpha1],
  ['v1alpha1-v0.2', 'delete', TEMPLATES.v1alpha1],
] as const;

longTest.each(CLEANUP)('%s: a template in which iter8 deletes versions is refused', async (version, cleanup, text) => {
  world = await World.start({ version });
  const { status, log } = await create({ [PATH]: `${text}  cleanup: ${cleanup}\n` });
  expect([status, log.trim().split('\n').pop()]).toEqual([
    'Failed',
    expect.stringContaining(
      `has the cleanup '${cleanup}'; expected none, because iter8 would delete versions that still have traffic; remove it, and say cleanup of the pipeline instead; nothing was created`,
    ),
  ]);
  expect(world.cluster.list('Experiment', world.namespace)).toEqual([]);
  expect(world.versions).toEqual(['reviews-v1']);
});

longTest.each(CLEANUP)('%s: the same in the param template', async (version, cleanup) => {
  world = await World.start({ version });
  const { spec } = world.manifests.find(({ kind, metadata }) => kind === 'Pipeline' && metadata.name === 'reviews');
  const { params } = spec.tasks.find(({ name }: any) => name === 'experiment');
  const template = JSON.parse(params.find(({ name }: any) => name === 'template').value);
  template.spec.cleanup = cleanup === 'true' || cleanup;
  const given = { template: JSON.stringify(template), commit: world.git.commit({ other: 'file' }) };
  const { status, log } = await world.task('experiment', given, { HOLD_SECONDS: '5' });
  expect([status, log.trim().split('\n').pop()]).toEqual([
    'Failed',
    expect.stringContaining('expected an Experiment as ExperimentTask.addTo writes it, without cleanup'),
  ]);
  expect(world.cluster.list('Experiment', world.namespace)).toEqual([]);
});

longTest('a template that says cleanup: false is as one without', async () => {
  world = await World.start();
  expect((await create({ [PATH]: `${v1alpha2}  cleanup: false\n` })).status).toBe('Succeeded');
});
