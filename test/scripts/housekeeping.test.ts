import { longTest } from '../support/extent';
import { World } from '../support/world';

jest.setTimeout(240_000);
let world: World;

afterEach(async () => {
  await world.stop();
});

const names = (kind: string) => world.cluster.list(kind, '').map(({ metadata }) => metadata.name);
const keep = (limit: string, run = 'none') =>
  world.task('housekeeping', { run, 'pipeline-run': 'team/now', pipeline: 'reviews', 'history-limit': limit });

function pipelineRun(name: string, minute: number, status?: string, more: object = {}): string {
  const metadata = { name, namespace: 'team', labels: { 'tekton.dev/pipeline': 'reviews' }, ...more };
  const conditions = [{ type: 'Succeeded', status }];
  const made = world.cluster.create({ kind: 'PipelineRun', metadata, ...(status && { status: { conditions } }) });
  world.cluster.backdate('PipelineRun', made.metadata.namespace, name, `2026-01-01T00:0${minute}:00Z`);
  return made.metadata.uid;
}

interface Experiment {
  readonly service?: string;
  readonly candidate?: string;
  readonly run?: string;
  readonly completed?: string;
}

function experiment(version: string, name: string, minute: number, made: Experiment = {}): void {
  const { service = 'reviews', candidate = 'gone', run = 'some', completed = 'True' } = made;
  const spec =
    version === 'v1alpha2'
      ? { service: { name: service, baseline: 'other', candidates: [candidate] } }
      : { targetService: { name: service, baseline: 'other', candidate } };
  const labels = run === '' ? {} : { 'cdk8s-iter8/run': run };
  const conditions = [{ type: 'ExperimentCompleted', status: completed }];
  const metadata = { name, namespace: 'team', labels };
  world.cluster.create({ kind: 'Experiment', metadata, spec, status: { conditions } });
  world.cluster.backdate('Experiment', 'team', name, `2026-01-01T00:0${minute}:00Z`);
}

test.each(['v1alpha2', 'v1alpha1'] as const)(
  'the newest are kept, and what is not old or not ours: %s',
  async (version) => {
    world = await World.start({ version, props: { historyLimit: 2 } });
    world.iter8.stop();
    pipelineRun('oldest', 1, 'True');
    pipelineRun('running', 2);
    pipelineRun('failing', 2, 'Unknown');
    pipelineRun('failed', 3, 'False');
    pipelineRun('of-another', 1, 'True', { labels: { 'tekton.dev/pipeline': 'ratings' } });
    pipelineRun('elsewhere', 1, 'True', { namespace: 'other' });
    pipelineRun('newer', 4, 'True');
    const own = pipelineRun('now', 5);
    experiment(version, 'oldest', 1);
    experiment(version, 'live', 1, { candidate: 'reviews-v1' });
    experiment(version, 'running', 1, { completed: 'False' });
    experiment(version, 'of-another', 1, { service: 'reviews-a' });
    experiment(version, 'of-a-person', 1, { run: '' });
    experiment(version, 'old', 2);
    experiment(version, 'new', 3);
    experiment(version, 'own', 4, { run: own, completed: 'False' });
    const { status, log } = await keep('2', own);
    expect([status, log.trim().split('\n').pop()]).toEqual(['Succeeded', 'the last 2 runs and experiments are kept']);
    expect(names('PipelineRun').sort()).toEqual(['elsewhere', 'failing', 'newer', 'now', 'of-another', 'running']);
    expect(names('Experiment').sort()).toEqual(['live', 'new', 'of-a-person', 'of-another', 'own', 'running']);
    const before = world.cluster.requests.length;
    await keep('2', own);
    expect(world.cluster.requests.slice(before).filter(({ verb }) => verb === 'delete')).toEqual([]);
  },
);

test('what a person writes into an experiment is no name of others', async () => {
  world = await World.start({ props: { historyLimit: 1 } });
  world.iter8.stop();
  for (const [minute, name] of ['decided', 'newest'].entries()) {
    experiment('v1alpha2', name, minute);
  }
  experiment('v1alpha2', 'other', 1, { service: 'ratings', completed: 'False' });
  world.cluster.change('Experiment', 'team', 'decided', ({ metadata }) => {
    metadata.annotations = { 'cdk8s-iter8/decision': 'x\nbegan 1970\nname --all\ncandidate zzz' };
  });
  await keep('1');
  expect(names('Experiment').sort()).toEqual(['newest', 'other']);
});

longTest('a run keeps house when it ends, and what fails there does not matter', async () => {
  world = await World.start({ props: { historyLimit: 1 } });
  const first = await world.run(world.commit('two'));
  expect([first.succeeded, names('Experiment').length]).toEqual([true, 1]);
  world.cluster.fault({ verb: 'list', resource: 'pipelineruns', result: 403, times: 1 });
  const second = await world.run(world.commit('three'));
  expect([second.succeeded, second.tasks.housekeeping.log]).toEqual([
    true,
    expect.stringContaining('ERROR: the API server refuses'),
  ]);
  expect(names('PipelineRun').length).toBe(2);
  const third = await world.run(world.commit('four'));
  expect([third.succeeded, names('PipelineRun'), world.leftovers]).toEqual([true, ['run-3'], []]);
  // iter8 has a finalizer on each.
  await world.cluster.until('the older experiments are gone', 5, () => names('Experiment').length === 1);
  expect(world.experiment.spec.service.candidates).toEqual([third.results.winner]);
});
