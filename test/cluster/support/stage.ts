import { App, Chart, Duration } from 'cdk8s';
import { Criterion, Experiment, type ExperimentProps } from '../../../lib';
import { API, World } from '../../support/world';
import { apply, bookinfo, makeLive, ROUTED } from './bookinfo';
import { eventually, find, kubectl, list, stateOf } from './kubectl';
import { patch } from './run';

/** The controllers that a cluster can have. */
export type Played = 'v1alpha2' | 'v1alpha1';

/** Where a story is played: the double in this process, or the cluster. */
export interface Stage {
  create(name: string, props?: Partial<ExperimentProps>): Promise<void>;
  deploy(name: string): Promise<void>;
  /** Changes an experiment's spec. */
  change(name: string, spec: object): Promise<void>;
  remove(kind: 'Experiment' | 'Deployment', name: string): Promise<void>;
  judge(name: string, verdict: any): Promise<void>;
  /** What is to be seen of an experiment and of the routing, once the former is as it should be. */
  seen(name: string, is: (status: any) => boolean): Promise<object>;
}

function manifest(namespace: string, name: string, version: Played, props: Partial<ExperimentProps>): any {
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
    api: API[version],
    ...props,
  });
  return chart.toJson()[0];
}

/** What both have to agree on: all but times, and what only the upstream CRD keeps. */
function view(namespace: string, experiment: any, services: any[], rules: any[]): object {
  const {
    phase,
    message = '',
    currentIteration,
    conditions = [],
    assessment,
    trafficSplitPercentage: split,
  } = experiment?.status ?? {};
  const weights = split
    ? [split.baseline, split.candidate]
    : [assessment?.baseline, ...(assessment?.candidates ?? [])].map((each) => each?.weight ?? 0);
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

/** On this machine: the double in this process. */
async function double(version: Played): Promise<Stage & { end(): Promise<void> }> {
  const world = await World.start({ version });
  const { cluster, namespace, iter8 } = world;
  return {
    create: async (name, props = {}) => {
      cluster.create(manifest(namespace, name, version, props));
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

/** On the cluster, with the controller that is installed there. */
async function real(namespace: string, version: Played): Promise<Stage> {
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
    create: async (name, props = {}) => apply(namespace, [manifest(namespace, name, version, props)]),
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
        await list(namespace, 'virtualservices', ROUTED),
        await list(namespace, 'destinationrules', ROUTED),
      ];
      return view(namespace, await find(namespace, 'experiment', name), routing[0], routing[1]);
    },
  };
}

/** What happens to experiments, and what is to be seen of it. Experiments of all stories have names of their own. */
export type Story = (stage: Stage, name: (short: string) => string) => Promise<object[]>;

/** Plays a story here and there, and compares. */
export async function playTwice(namespace: string, title: string, version: Played, play: Story): Promise<void> {
  const name = (short: string) => `${title}-${short}`;
  const stage = await double(version);
  const here = await play(stage, name).finally(() => stage.end());
  const there = await play(await real(namespace, version), name);
  try {
    expect(here).toEqual(there);
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${await stateOf(namespace)}`);
  }
}
