import { longTest } from '../support/extent';
import type { Iter8Version } from '../support/iter8/controller';
import { schemaProblems, v1alpha1Problems } from '../support/schemas';
import { story } from '../support/tekton/pipeline-runner';
import { API, World } from '../support/world';

jest.setTimeout(240_000);
const VERSIONS = ['v1alpha2', 'v1alpha1', 'v1alpha1-v0.2'] as const;
let world: World;

afterEach(async () => {
  await world.stop();
});

const candidateOf = (commit: string) => `reviews-${commit.slice(0, 7)}`;
const routing = () =>
  ['VirtualService', 'DestinationRule'].map((kind) =>
    world.cluster.list(kind, world.namespace).map(({ metadata: { name, labels } }) => ({ name, labels })),
  );

async function wins(commit: string): Promise<void> {
  const outcome = await world.run(commit);
  const told = [outcome.results.verdict, outcome.succeeded, world.traffic, world.versions, world.leftovers];
  const winner = candidateOf(commit);
  if (JSON.stringify(told) !== JSON.stringify(['winner', true, { [winner]: 100 }, [winner], []])) {
    throw new Error(`${JSON.stringify(told)}\n${story(outcome)}`);
  }
}

/** How iter8 names and labels the routing of a service once an experiment has ended. */
const STABLE: Record<Iter8Version, { name: string; labels: object }> = {
  v1alpha2: {
    name: 'reviews.team.svc.cluster.local.iter8router',
    labels: { 'iter8-tools/router': 'reviews.team.svc.cluster.local', kiali_wizard: 'traffic_shifting' },
  },
  v1alpha1: { name: 'reviews.team.iter8-experiment', labels: { 'iter8-tools/host': 'reviews' } },
  'v1alpha1-v0.2': {
    name: 'reviews.team.svc.cluster.local.iter8-experiment',
    labels: { 'iter8-tools/host': 'reviews.team.svc.cluster.local' },
  },
};

describe.each(VERSIONS)('with iter8 %s', (version) => {
  test('the experiment is as this version has it', async () => {
    world = await World.start({ version });
    const { status, log } = await world.task('experiment', { commit: '1234567890'.repeat(4) });
    expect([status, log]).toEqual(['Succeeded', expect.stringContaining('iter8 holds all traffic of reviews')]);
    const { kind, metadata, spec } = world.experiment;
    const made = {
      apiVersion: API[version]._dialect.apiVersion,
      kind,
      metadata: { name: metadata.name, labels: metadata.labels },
      spec,
    };
    expect(made).toMatchSnapshot();
    expect(schemaProblems(made)).toEqual([]);
    for (const [file, problems] of v1alpha1Problems(made)) {
      expect([file, problems]).toEqual([file, []]);
    }
  });

  longTest('routing that somebody deleted is made anew, and iter8 takes it over', async () => {
    world = await World.start({ version });
    await wins(world.commit('two'));
    const expected = { ...STABLE[version], labels: { ...STABLE[version].labels, 'iter8-tools/role': 'stable' } };
    expect(routing()).toEqual([[expected], [expected]]);
    world.cluster.delete('VirtualService', world.namespace, expected.name);
    await wins(world.commit('three'));
    expect(routing()).toEqual([[expected], [expected]]);
  });

  longTest('a first deployment gets the traffic, whatever routing is left of versions that are gone', async () => {
    world = await World.start({ version, live: false });
    const { name, labels } = STABLE[version];
    const metadata = { name, namespace: world.namespace, labels: { ...labels, 'iter8-tools/role': 'stable' } };
    const host = 'reviews.team.svc.cluster.local';
    const http = [{ route: [{ destination: { host, subset: 'stable' }, weight: 100 }] }];
    world.cluster.create({ kind: 'VirtualService', metadata, spec: { hosts: [host], http } });
    // The controllers of v1alpha1 leave it without any where they find no baseline.
    const subsets = version === 'v1alpha1' ? {} : { subsets: [{ name: 'stable', labels: { version: 'gone' } }] };
    world.cluster.create({ kind: 'DestinationRule', metadata, spec: { host, ...subsets } });
    await wins(world.commit());
  });
});

describe.each(['v1alpha1', 'v1alpha1-v0.2'] as const)('with iter8 %s', (version) => {
  longTest.each(['override_success', 'override_failure'])('a person can end the experiment by %s', async (action) => {
    world = await World.start({ version });
    const commit = world.commit();
    const deletedLive = world.guard();
    world.cluster.store.on('change', ({ object }) => {
      if (
        object.kind === 'Experiment' &&
        object.status?.currentIteration === 1 &&
        !object.action &&
        !object.spec.assessment
      ) {
        world.cluster.change('Experiment', world.namespace, object.metadata.name, (each) =>
          version === 'v1alpha1' ? Object.assign(each.spec, { assessment: action }) : Object.assign(each, { action }),
        );
      }
    });
    const { results } = await world.run(commit);
    const won = action === 'override_success';
    expect([results.verdict, results.winner, results.reason]).toEqual([
      won ? 'winner' : 'aborted',
      won ? candidateOf(commit) : 'reviews-v1',
      won ? "a person ended the experiment in the candidate's favour" : 'a person ended the experiment',
    ]);
    expect([world.leftovers, deletedLive]).toEqual([[], []]);
  });
});
