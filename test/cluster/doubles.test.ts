import { App, Chart, Duration } from 'cdk8s';
import { Criterion, Experiment, type ExperimentProps } from '../../lib';
import { World } from '../support/world';
import { apply, bookinfo, makeLive, removeAll } from './support/bookinfo';
import { eventually, find, kubectl, list, stateOf } from './support/kubectl';
import { patch } from './support/run';

jest.setTimeout(300_000);

afterAll(removeAll);

/** Where a story is played: the double in this process, or the cluster. */
interface Stage {
  create(name: string, props?: Partial<ExperimentProps>): Promise<void>;
  deploy(name: string): Promise<void>;
  change(name: string, spec: object): Promise<void>;
  remove(kind: 'Experiment' | 'Deployment', name: string): Promise<void>;
  judge(name: string, verdict: any): Promise<void>;
  /** What is to be seen of an experiment and of the routing, once the former is as it should be. */
  seen(name: string, is: (status: any) => boolean): Promise<object>;
}

function manifest(namespace: string, name: string, props: Partial<ExperimentProps>): any {
  const chart = new Chart(new App(), 'experiment', { namespace });
  new Experiment(chart, name, {
    metadata: { name },
    service: 'reviews',
    baseline: 'reviews-v1',
    candidates: ['reviews-v2'],
    criteria: [Criterion.errorRate({ below: 0.01 })],
    interval: Duration.seconds(2),
    maxIterations: 3,
    maxIncrement: 40,
    ...props,
  });
  return chart.toJson()[0];
}

/** What both have to agree on: all but times, and what only the upstream CRD keeps. */
function view(namespace: string, experiment: any, services: any[], rules: any[]): object {
  const { phase, message = '', currentIteration, conditions = [], assessment } = experiment?.status ?? {};
  const weights = [assessment?.baseline, ...(assessment?.candidates ?? [])].map((each) => each?.weight ?? 0);
  const made = ({ metadata: { name, labels }, spec }: any) => ({ name, labels, spec });
  const all = {
    gone: experiment === undefined,
    phase,
    message: message.trim(),
    currentIteration: currentIteration ?? 0,
    conditions: Object.fromEntries(
      conditions.map(({ type, status, reason }: any) => [type, [status, reason ?? '']]).sort(),
    ),
    weights,
    winner: [assessment?.winner?.winning_version_found ?? false, assessment?.winner?.name ?? ''],
    services: services.map(made),
    rules: rules.map(made),
  };
  return JSON.parse(JSON.stringify(all).replaceAll(namespace, 'NAMESPACE'));
}

const ROUTER = 'iter8-tools/router';

async function double(): Promise<Stage & { end(): Promise<void> }> {
  const world = await World.start();
  const { cluster, namespace, iter8 } = world;
  return {
    create: async (name, props = {}) => {
      cluster.create(manifest(namespace, name, props));
    },
    deploy: async (name) => {
      world.deploy(name, { version: name.slice(-2) });
      await cluster.until(`${name} is ready`, 60, () => world.available(name));
    },
    change: async (name, spec) => {
      cluster.change('Experiment', namespace, name, (object) => Object.assign(object.spec, spec));
    },
    remove: async (kind, name) => {
      cluster.delete(kind, namespace, name);
    },
    judge: async (name, verdict) => {
      iter8.verdicts.set(name, verdict);
    },
    seen: async (name, is) => {
      await cluster.until(`${name} is as it should be`, 60, () =>
        is(cluster.find('Experiment', namespace, name)?.status),
      );
      const routing = ['VirtualService', 'DestinationRule'].map((kind) => cluster.list(kind, namespace));
      return view(namespace, cluster.find('Experiment', namespace, name), routing[0], routing[1]);
    },
    end: () => world.stop(),
  };
}

async function real(namespace: string): Promise<Stage> {
  await bookinfo(namespace);
  await makeLive(namespace, 'reviews-v1', 'v1');
  const analytics = await kubectl([
    '-n',
    'iter8',
    'get',
    'service',
    'iter8-analytics',
    '-o',
    'jsonpath={.spec.clusterIP}',
  ]);
  return {
    create: async (name, props = {}) => apply(namespace, [manifest(namespace, name, props)]),
    deploy: (name) => makeLive(namespace, name, name.slice(-2)),
    change: (name, spec) => patch(namespace, 'experiment', name, { spec }),
    remove: async (kind, name) => {
      await kubectl(['-n', namespace, 'delete', kind, name, '--wait=false']);
    },
    judge: async (name, verdict) => {
      await fetch(`http://${analytics}:8080/verdict/${name}`, { method: 'PUT', body: verdict });
    },
    seen: async (name, is) => {
      await eventually(`${name} is as it should be`, namespace, 90, async () =>
        is((await find(namespace, 'experiment', name))?.status) ? true : undefined,
      );
      const routing = [
        await list(namespace, 'virtualservices', ROUTER),
        await list(namespace, 'destinationrules', ROUTER),
      ];
      return view(namespace, await find(namespace, 'experiment', name), routing[0], routing[1]);
    },
  };
}

const completed = (status: any) => status?.phase === 'Completed';
const paused = (status: any) => status?.phase === 'Pause';
const at = (iteration: number) => (status: any) => status?.currentIteration >= iteration;
const slow = { interval: Duration.seconds(30), maxIterations: 5 };

type Story = (stage: Stage, name: (short: string) => string) => Promise<object[]>;

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
    await stage.deploy('reviews-v2');
    await stage.change(name('e'), { manualOverride: { action: 'resume' } });
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
  const namespace = `doubles-${title}`;
  const play = STORIES[title];
  const name = (short: string) => `${title}-${short}`;
  const stage = await double();
  const here = await play(stage, name).finally(() => stage.end());
  const there = await play(await real(namespace), name);
  try {
    expect(here).toEqual(there);
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${await stateOf(namespace)}`);
  }
});
