import { Cleanup } from '../../lib';
import { longTest } from '../support/extent';
import { SHELLS } from '../support/tekton/task-runner';
import { World } from '../support/world';

jest.setTimeout(240_000);
let world: World;

afterEach(async () => {
  await world.stop();
});

const replicas = (name: string) => world.cluster.find('Deployment', world.namespace, name)?.spec.replicas ?? 1;

describe.each([
  [Cleanup.KEEP, 1],
  [Cleanup.SCALE_TO_ZERO, 0],
] as const)('the version that lost with %s', (cleanup, pods) => {
  longTest('stays, and the next experiment is made beside it', async () => {
    world = await World.start({ shell: SHELLS[0], props: { cleanup } });
    const winners = ['reviews-v1'];
    for (const text of ['two', 'three']) {
      const commit = world.commit(text);
      winners.push(`reviews-${commit.slice(0, 7)}`);
      const { results } = await world.run(commit);
      expect(results).toMatchObject({ verdict: 'winner', winner: winners.at(-1) });
    }
    const live = winners.at(-1) ?? '';
    expect(world.versions.sort()).toEqual([...winners].sort());
    expect(winners.map((name) => [name, replicas(name)])).toEqual(
      winners.map((name) => [name, name === live ? 1 : pods]),
    );
    expect([world.traffic[live], world.leftovers]).toEqual([100, []]);
  });
});

longTest('a version that does not run is scaled to zero where others are kept', async () => {
  world = await World.start({ props: { cleanup: Cleanup.KEEP } });
  const commit = world.commit();
  const candidate = `reviews-${commit.slice(0, 7)}`;
  world.cluster.deployments.expect(candidate, { readyAfter: 1000 });
  const { results } = await world.run(commit);
  expect(results).toMatchObject({ verdict: 'aborted', winner: 'reviews-v1' });
  expect([replicas(candidate), world.leftovers]).toEqual([0, []]);
  // The same commit once more: it takes the place of what was kept.
  world.cluster.deployments.expect(candidate, { readyAfter: 1 });
  expect((await world.run(commit)).results).toMatchObject({ verdict: 'winner', winner: candidate });
  expect(replicas(candidate)).toBe(1);
});

longTest('what the run wants is known to whoever finishes its work', async () => {
  world = await World.start({ props: { cleanup: Cleanup.SCALE_TO_ZERO } });
  const commit = world.commit();
  await world.run(commit, { before: (task) => (task === 'wait' ? 'forget' : undefined) });
  await world.cluster.until('the experiment runs', 60, () => world.experiment?.status?.currentIteration >= 1);
  const done = await world.task('rollback', { run: 'a-person' });
  expect([done.status, done.log]).toEqual(['Succeeded', expect.stringContaining('to zero, which gets no traffic')]);
  expect(replicas(`reviews-${commit.slice(0, 7)}`)).toBe(0);
});
