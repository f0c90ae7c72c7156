import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Duration } from 'cdk8s';
import { Criterion, Iter8Api, OnTermination } from '../../lib';
import { bookinfo, makeLive, removeAll, traffic, versions } from './support/bookinfo';
import { check, nothingIsLeft, onlyLive } from './support/checks';
import { deliver, deliverOnce } from './support/delivery';
import { list } from './support/kubectl';
import { Repository } from './support/repository';
import { playTwice, type Stage, type Story } from './support/stage';

jest.setTimeout(600_000);

/** Has Experiments of the other version in the cluster beside this repository; all that are there are deleted. */
const INSTALL = join(__dirname, '../../../shared/cluster/install');
const install = (part: string) => execFileSync(INSTALL, [part], { stdio: 'inherit' });

// Elsewhere whoever has iter8 0.1 there runs this file alone.
const swaps = existsSync(INSTALL);

beforeAll(() => {
  if (swaps) {
    install('iter8-v1alpha1');
  }
});

afterAll(async () => {
  try {
    await removeAll();
  } finally {
    if (swaps) {
      install('iter8');
    }
  }
});

/** Requests come from inside the mesh: this version routes no others. */
const props = { api: Iter8Api.V1ALPHA1, maxTrafficPercentage: 80 };

test.concurrent('v1alpha1: the candidate wins, with latencies in seconds', async () => {
  const namespace = 'v1alpha1-wins';
  await bookinfo(namespace);
  await makeLive(namespace, 'reviews-v1', 'v1');
  const source = await Repository.create(namespace);
  const winner = `reviews-${(await source.push({ says: 'two' })).slice(0, 7)}`;
  // Nothing here takes that long, however busy the machine.
  const criteria = [Criterion.meanLatency({ belowMillis: 3000 }), Criterion.errorRate({ below: 0.1 })];
  const interval = Duration.seconds(4);
  const delivery = await deliver(namespace, source.url, { ...props, criteria, interval });

  const outcome = await deliverOnce(delivery);

  await check(namespace, outcome, async () => {
    expect(outcome.results).toMatchObject({
      verdict: 'winner',
      winner,
      reason: 'the candidate met the criteria and has all the traffic',
    });
    expect(outcome.succeeded).toBe(true);
    expect(outcome.tasks.finish.weights).toBe([`${winner}=100`, 'reviews-v1=0'].sort().join());
    const [experiment] = await list(namespace, 'experiments');
    expect([experiment.apiVersion, experiment.status.phase]).toEqual(['iter8.tools/v1alpha1', 'Succeeded']);
    expect(experiment.spec.analysis.successCriteria[0].tolerance).toBe(3);
    await onlyLive(namespace, winner);
  });
});

test.concurrent('v1alpha1: the candidate loses', async () => {
  const namespace = 'v1alpha1-loses';
  await bookinfo(namespace);
  await makeLive(namespace, 'reviews-v1', 'v1');
  const source = await Repository.create(namespace);
  await source.push({ says: 'slow', takes: 1 });
  const delivery = await deliver(namespace, source.url, {
    ...props,
    criteria: [Criterion.meanLatency({ belowMillis: 300 })],
  });

  const outcome = await deliverOnce(delivery);

  await check(namespace, outcome, async () => {
    expect(outcome.results).toMatchObject({
      verdict: 'baseline',
      winner: 'reviews-v1',
      reason: 'the candidate did not meet the criteria',
    });
    expect(outcome.succeeded).toBe(false);
    const [experiment] = await list(namespace, 'experiments');
    expect(experiment.status).toMatchObject({
      phase: 'Failed',
      trafficSplitPercentage: { baseline: 100, candidate: 0 },
    });
    expect(await versions(namespace)).toEqual(['reviews-v1']);
    expect(await traffic(namespace)).toEqual({ 'reviews-v1': 100 });
    await nothingIsLeft(namespace);
  });
});

const ended = (status: any) => status?.phase === 'Succeeded' || status?.phase === 'Failed';
const paused = (status: any) => status?.phase === 'Pause';
const at = (iteration: number) => (status: any) => status?.currentIteration >= iteration;

const judged =
  (verdict: string): Story =>
  async (stage, name) => {
    await stage.deploy('reviews-v2');
    await stage.judge(name('e'), verdict);
    await stage.create(name('e'));
    return [await stage.seen(name('e'), ended)];
  };

/** An experiment that is at its first iteration for a quarter of a minute. */
async function begun(stage: Stage, name: string): Promise<void> {
  await stage.deploy('reviews-v2');
  await stage.judge(name, 'candidate');
  await stage.create(name, { interval: Duration.seconds(15), maxIterations: 5 });
  await stage.seen(name, at(1));
}

const STORIES: Record<string, Story> = {
  wins: judged('candidate'),
  loses: judged('none'),
  rollback: judged('rollback'),
  late: async (stage, name) => {
    await stage.judge(name('e'), 'candidate');
    await stage.create(name('e'));
    const before = await stage.seen(name('e'), paused);
    await stage.deploy('reviews-v2');
    return [before, await stage.seen(name('e'), ended)];
  },
  error: async (stage, name) => {
    await stage.deploy('reviews-v2');
    await stage.judge(name('e'), 'error');
    await stage.create(name('e'));
    const before = await stage.seen(name('e'), paused);
    await stage.judge(name('e'), 'candidate');
    return [before, await stage.seen(name('e'), ended)];
  },
  overridden: async (stage, name) => {
    await begun(stage, name('e'));
    await stage.change(name('e'), { assessment: 'override_success' });
    return [await stage.seen(name('e'), ended)];
  },
  withdrawn: async (stage, name) => {
    await begun(stage, name('e'));
    await stage.change(name('e'), { assessment: 'override_failure' });
    return [await stage.seen(name('e'), ended)];
  },
  deleted: async (stage, name) => {
    await begun(stage, name('e'));
    await stage.remove('Experiment', name('e'));
    return [await stage.seen(name('e'), (status) => status === undefined)];
  },
  refused: async (stage, name) => {
    await begun(stage, name('e'));
    await stage.create(name('f'));
    return [await stage.seen(name('f'), ended)];
  },
  both: async (stage, name) => {
    await stage.deploy('reviews-v2');
    await stage.judge(name('e'), 'candidate');
    await stage.create(name('e'), { onTermination: OnTermination.keepLast() });
    return [await stage.seen(name('e'), ended)];
  },
  'without-candidate': async (stage, name) => {
    await begun(stage, name('e'));
    await stage.remove('Deployment', 'reviews-v2');
    return [await stage.seen(name('e'), paused)];
  },
};

test.concurrent.each(Object.keys(STORIES))('iter8 of October 2019 here and there: %s', async (title) => {
  await playTwice(`v1alpha1-double-${title}`, title, 'v1alpha1', STORIES[title]);
});
