import { Duration } from 'cdk8s';
import { removeAll } from './support/bookinfo';
import { playTwice, type Stage, type Story } from './support/stage';

jest.setTimeout(300_000);

afterAll(removeAll);

const completed = (status: any) => status?.phase === 'Completed';
const paused = (status: any) => status?.phase === 'Pause';
const at = (iteration: number) => (status: any) => status?.currentIteration >= iteration;
const slow = { interval: Duration.seconds(30), maxIterations: 5 };

const STORIES: Record<string, Story> = {
  wins: (stage, name) => judged(stage, name('e'), 'candidate'),
  loses: (stage, name) => judged(stage, name('e'), 'none'),
  unknown: (stage, name) => judged(stage, name('e'), 'unknown'),
  baseline: (stage, name) => judged(stage, name('e'), 'baseline'),
  rollback: (stage, name) => judged(stage, name('e'), 'rollback'),
  late: async (stage, name) => {
    await stage.judge(name('e'), 'candidate');
    await stage.create(name('e'), slow);
    const before = await stage.seen(name('e'), paused);
    // A new target wakes the controller. Asked to resume as well, it may be at the first iteration already, or not yet.
    await stage.deploy('reviews-v2');
    return [before, await stage.seen(name('e'), at(1))];
  },
  error: async (stage, name) => {
    await stage.deploy('reviews-v2');
    await stage.judge(name('e'), 'error');
    await stage.create(name('e'));
    const before = await stage.seen(name('e'), paused);
    await stage.judge(name('e'), 'candidate');
    await stage.change(name('e'), { manualOverride: { action: 'resume' } });
    return [before, await stage.seen(name('e'), completed)];
  },
  terminated: async (stage, name) => {
    await begun(stage, name('e'));
    await stage.change(name('e'), { manualOverride: { action: 'terminate' } });
    return [await stage.seen(name('e'), completed)];
  },
  overridden: async (stage, name) => {
    await begun(stage, name('e'));
    await stage.change(name('e'), {
      manualOverride: { action: 'terminate', trafficSplit: { 'reviews-v1': 0, 'reviews-v2': 100 } },
    });
    return [await stage.seen(name('e'), completed)];
  },
  paused: async (stage, name) => {
    await begun(stage, name('e'));
    await stage.change(name('e'), { manualOverride: { action: 'pause' } });
    const before = await stage.seen(name('e'), paused);
    await stage.change(name('e'), { manualOverride: { action: 'terminate' } });
    return [before, await stage.seen(name('e'), completed)];
  },
  deleted: async (stage, name) => {
    await begun(stage, name('e'));
    await stage.remove('Experiment', name('e'));
    return [await stage.seen(name('e'), (status) => status === undefined)];
  },
  refused: async (stage, name) => {
    await begun(stage, name('e'));
    await stage.create(name('f'));
    return [await stage.seen(name('f'), paused)];
  },
  'without-candidate': async (stage, name) => {
    await begun(stage, name('e'));
    await stage.remove('Deployment', 'reviews-v2');
    return [await stage.seen(name('e'), paused)];
  },
};

async function judged(stage: Stage, name: string, verdict: string): Promise<object[]> {
  await stage.deploy('reviews-v2');
  await stage.judge(name, verdict);
  await stage.create(name);
  return [await stage.seen(name, completed)];
}

/** An experiment that is at its first iteration for half a minute. */
async function begun(stage: Stage, name: string): Promise<void> {
  await stage.deploy('reviews-v2');
  await stage.judge(name, 'candidate');
  await stage.create(name, slow);
  await stage.seen(name, at(1));
}

test.concurrent.each(Object.keys(STORIES))('iter8 here and there: %s', async (title) => {
  await playTwice(`doubles-${title}`, title, 'v1alpha2', STORIES[title]);
});
