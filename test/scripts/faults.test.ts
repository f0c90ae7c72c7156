import { Duration } from 'cdk8s';
import { longTest } from '../support/extent';
import type { RunOptions } from '../support/tekton/pipeline-runner';
import { type RunOutcome, story } from '../support/tekton/pipeline-runner';
import { World, type WorldOptions } from '../support/world';

jest.setTimeout(240_000);
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
  const wanted = { verdict, versions: [kept], leftovers: [], deletedLive: [], results: 6 };
  if (JSON.stringify(found) !== JSON.stringify(wanted)) {
    throw new Error(`${JSON.stringify(found)}\nexpected ${JSON.stringify(wanted)}\n${story(outcome)}`);
  }
  return outcome;
}

const candidateOf = (commit: string) => `reviews-${commit.slice(0, 7)}`;

longTest('conflicts of all kinds', async () => {
  const commit = await begin();
  for (const resource of ['leases', 'experiments', 'deployments']) {
    world.cluster.fault({ verb: 'patch', resource, result: 409, times: 3 });
  }
  await run(commit, 'winner');
});

longTest('the API server refuses what the service account may not do', async () => {
  const commit = await begin();
  world.cluster.fault({ verb: 'create', resource: 'experiments', result: 403 });
  const outcome = await run(commit, 'aborted');
  expect(outcome.results.reason).toContain("give the task's service account this right");
});

longTest("iter8's controller is down from the beginning", async () => {
  const commit = await begin();
  world.iter8.stop();
  const outcome = await run(commit, 'aborted');
  expect(outcome.results.reason).toContain("are iter8's controller and all pods of the service running?");
});

longTest("iter8's controller is restarted between two iterations, and goes on only when it is asked to", async () => {
  const commit = await begin();
  let restarted = false;
  world.cluster.store.on('change', ({ object }) => {
    if (!restarted && object.kind === 'Experiment' && object.status?.currentIteration === 2) {
      restarted = true;
      world.iter8.stop();
      world.cluster.clock.after(1, () => world.iter8.start());
    }
  });
  await run(commit, 'winner');
  expect(restarted).toBe(true);
});

longTest("iter8's controller dies in the middle", async () => {
  const commit = await begin();
  world.cluster.store.on('change', ({ object }) => {
    if (object.kind === 'Experiment' && object.status?.currentIteration === 2) {
      world.iter8.stop();
    }
  });
  const outcome = await world.run(commit);
  expect(outcome.results.verdict).toBe('timeout');
  expect(world.versions).toEqual(['reviews-v1']);
  expect(world.traffic).toEqual({ 'reviews-v1': 100 });
  expect(deletedLive).toEqual([]);
});

longTest('the analytics are down for a while', async () => {
  const commit = await begin();
  world.iter8.verdict = 'error';
  world.cluster.clock.after(40, () => {
    world.iter8.verdict = 'candidate';
  });
  await run(commit, 'winner');
});

longTest('the candidate crashes', async () => {
  const commit = await begin();
  world.cluster.deployments.expect(candidateOf(commit), { never: 'CrashLoopBackOff' });
  const outcome = await run(commit, 'aborted');
  expect(outcome.results.reason).toContain('CrashLoopBackOff');
  expect(outcome.tasks.load).toBeUndefined();
});

longTest('the candidate becomes ready late: iter8 pauses, and is asked to go on', async () => {
  const commit = await begin();
  world.cluster.deployments.expect(candidateOf(commit), { readyAfter: 20 });
  const outcome = await run(commit, 'winner');
  expect(outcome.tasks.wait.log).toContain('resuming the experiment');
});

longTest(
  'the live version does not run, and does not come up when its commit is deployed again: it stays',
  async () => {
    const commit = await begin({ live: false });
    const live = candidateOf(commit);
    world.cluster.deployments.expect(live, { never: 'CrashLoopBackOff' });
    world.deploy(live, { version: commit.slice(0, 7) }, 'run-0');
    world.cluster.change('Deployment', world.namespace, live, ({ spec }) => {
      spec.replicas = 3;
    });
    const { results } = await world.run(commit);
    expect(results).toMatchObject({
      verdict: 'aborted',
      reason: expect.stringContaining('was there before the run, so it stays'),
    });
    expect(world.versions).toEqual([live]);
    expect(world.cluster.find('Deployment', world.namespace, live)?.spec.replicas).toBe(3);
  },
);

longTest('a quota refuses the candidate', async () => {
  const commit = await begin();
  world.cluster.fault({ verb: 'create', resource: 'deployments', result: 403 });
  const outcome = await run(commit, 'aborted');
  expect(outcome.results.reason).toContain('deploy failed');
});

longTest('no node has the image of the load: without requests nothing wins, and the report says why', async () => {
  const commit = await begin();
  world.iter8.verdict = 'unknown';
  const load = { status: 'Failed', reason: 'TaskRunImagePullFailed' } as const;
  const outcome = await run(commit, 'inconclusive', { given: { load } });
  expect(outcome.results.report).toContain('load Failed:TaskRunImagePullFailed');
  expect(outcome.succeeded).toBe(false);
});

longTest('Git is down', async () => {
  const commit = await begin();
  await world.git.stop();
  const outcome = await run(commit, 'aborted', { environment: { GIT_SECONDS: '5' } });
  await world.git.start();
  expect(outcome.results.reason).toContain("deploy failed: can't fetch");
});

longTest('somebody deletes the experiment', async () => {
  const commit = await begin();
  world.cluster.store.on('change', ({ type, object }) => {
    if (
      type !== 'DELETED' &&
      object.kind === 'Experiment' &&
      object.status?.currentIteration === 2 &&
      !object.metadata.deletionTimestamp
    ) {
      world.cluster.delete('Experiment', world.namespace, object.metadata.name);
    }
  });
  const outcome = await run(commit, 'aborted');
  expect(outcome.results.reason).toContain('was deleted before its end');
});

longTest('somebody deletes the live version', async () => {
  const commit = await begin();
  let done = false;
  world.cluster.store.on('change', ({ object }) => {
    if (!done && object.kind === 'Experiment' && object.status?.currentIteration === 2) {
      done = true;
      world.cluster.delete('Deployment', world.namespace, 'reviews-v1');
    }
  });
  const outcome = await world.run(commit);
  const candidate = candidateOf(commit);
  expect([world.versions, world.traffic, world.leftovers]).toEqual([[candidate], { [candidate]: 100 }, []]);
  expect(outcome.results.winner).toBe(candidate);
});

describe.each(['experiment', 'deploy', 'wait'])('a run that is ended before the task %s', (task) => {
  const ended = (how: string): Partial<RunOptions> => ({
    before: (name) => (name === task ? how : undefined),
    environment: { HANDOVER_SECONDS: '30' },
  });
  // The experiment must not end by itself meanwhile.
  const props = { interval: Duration.seconds(20), experimentDeadline: Duration.seconds(200) };

  longTest('with its finally leaves nothing behind', async () => {
    const commit = await begin({ props });
    const outcome = await run(commit, 'aborted', ended('cancel'));
    expect(outcome.results.reason).toBe(
      task === 'experiment' ? 'nothing was deployed' : 'the run was cancelled, or took too long',
    );
  });

  longTest('without its finally is cleaned up by the next run, which says so', async () => {
    const lost = await begin({ props });
    await world.run(lost, ended('forget'));
    // As long as nobody knows that it is dead.
    await world.cluster.clock.sleep(70);
    const outcome = await run(world.commit('next'), 'winner');
    if (task !== 'experiment') {
      expect(outcome.tasks.experiment.log).toMatch(
        /run team\/run-1 has not finished its work on reviews; doing that first/,
      );
    }
  });
});

test('a candidate that an earlier run left behind is removed first', async () => {
  const commit = await begin();
  world.deploy(candidateOf(commit), { version: commit.slice(0, 7) });
  await world.cluster.until('it is there', 20, () => world.available(candidateOf(commit)));
  const outcome = await world.run(commit, { params: {} });
  expect(outcome.tasks.experiment.log).toContain('could be the live one');
  expect(world.versions).toEqual([candidateOf(commit), 'reviews-v1'].sort());
});
