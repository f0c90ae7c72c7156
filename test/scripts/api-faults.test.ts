import type { RunOptions } from '../support/tekton/pipeline-runner';
import { type RunOutcome, story } from '../support/tekton/pipeline-runner';
import { World, type WorldOptions } from '../support/world';

jest.setTimeout(120_000);
let world: World;
let deletedLive: string[];

async function begin(options: WorldOptions = {}): Promise<string> {
  world = await World.start(options);
  deletedLive = world.guard();
  return world.commit();
}

afterEach(async () => {
  await world.stop();
});

/** Runs a commit and checks what has to be true whatever happens; all declared results exist. */
async function run(commit: string, verdict: string, options: Partial<RunOptions> = {}): Promise<RunOutcome> {
  const outcome = await world.run(commit, options);
  const kept = verdict === 'winner' ? candidateOf(commit) : 'reviews-v1';
  const found = {
    verdict: outcome.results.verdict,
    versions: world.versions,
    leftovers: world.leftovers,
    deletedLive,
    results: Object.values(outcome.tasks.finish.results).length,
  };
  const wanted = { verdict, versions: [kept], leftovers: [], deletedLive: [], results: 5 };
  if (JSON.stringify(found) !== JSON.stringify(wanted)) {
    throw new Error(`${JSON.stringify(found)}\nexpected ${JSON.stringify(wanted)}\n${story(outcome)}`);
  }
  return outcome;
}

const candidateOf = (commit: string) => `reviews-${commit.slice(0, 7)}`;

describe.each(['experiment', 'deploy', 'wait', 'finish'])('at the task %s', (task) => {
  /** Begins a fault when the task begins, and ends it some seconds later. */
  const during = (fault: () => () => void, seconds: number): Partial<RunOptions> => ({
    before: (name) => {
      const next = { finish: 'wait' }[task] ?? task;
      if (name === next) {
        const delay = task === 'finish' ? 6 : 0;
        world.cluster.clock.after(delay, () => {
          const end = fault();
          world.cluster.clock.after(seconds, end);
        });
      }
      return undefined;
    },
  });

  const results = { experiment: ['drop'], deploy: ['drop', 429], wait: ['drop', 500], finish: ['drop'] }[task] as (
    | 'drop'
    | 500
  )[];

  test.each(results)('the API server answers %s for 30 seconds', async (result) => {
    const commit = await begin();
    await run(
      commit,
      'winner',
      during(() => world.cluster.fault({ result }), 30),
    );
  });
});
