import { World, type WorldOptions } from '../support/world';
import { story } from '../support/tekton/pipeline-runner';

let world: World;

async function begin(options?: WorldOptions): Promise<string[]> {
  world = await World.start(options);
  return world.guard();
}

afterEach(async () => {
  expect(world.leftovers).toEqual([]);
  await world.stop();
});

describe.each(['v1alpha2', 'v1alpha1'] as const)('%s', (version) => {
  test('the candidate wins', async () => {
    const deletedLive = await begin({ version });
    const commit = world.commit();
    const outcome = await world.run(commit);
    const candidate = `reviews-${commit.slice(0, 7)}`;
    expect(outcome.results).toMatchObject({ verdict: 'winner', winner: candidate });
    expect(outcome.succeeded ? '' : story(outcome)).toBe('');
    expect(world.versions).toEqual([candidate]);
    expect(deletedLive).toEqual([]);
    expect(Number(outcome.tasks.load.results.requests)).toBeGreaterThan(20);
  }, 60_000);
});
