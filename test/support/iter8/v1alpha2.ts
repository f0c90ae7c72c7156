import type { KubernetesObject } from '../kubernetes/store';
import { type Iter8, keyOf } from './controller';
import { conditionIs, mark, seconds } from './status';

interface Context {
  readonly iter8: Iter8;
  readonly experiment: KubernetesObject;
  readonly namespace: string;
  readonly router: string;
  readonly names: readonly [baseline: string, candidate: string];
  weights: [baseline: number, candidate: number];
  /** Whether a person, a deletion or the analytics end it now. */
  ends: boolean;
  split?: Record<string, number>;
}

/** On routing that the experiment has made itself, until its end. */
const INIT = 'iter8-tools/init';
const SUBSETS = ['iter8-baseline', 'iter8-candidate-0'];

/** Does what is due for an experiment of v1alpha2, as controller v1.0.1; answers in how many seconds to ask again. */
export function reconcileV1Alpha2(iter8: Iter8, experiment: KubernetesObject): number {
  const { service, networking, manualOverride } = experiment.spec;
  const namespace = service.namespace ?? experiment.metadata.namespace;
  const assessed = experiment.status?.assessment;
  const context: Context = {
    iter8,
    experiment,
    namespace,
    router: networking?.id ?? `${service.name}.${namespace}.svc.cluster.local`,
    names: [service.baseline, service.candidates[0]],
    weights: [assessed?.baseline?.weight ?? 0, assessed?.candidates?.[0]?.weight ?? 0],
    ends: manualOverride?.action === 'terminate',
    split: manualOverride?.trafficSplit,
  };
  if (!experiment.status?.initTimestamp) {
    initialize(context);
    iter8.save(experiment);
  }
  iter8.finalizer(experiment, true);
  if (experiment.metadata.deletionTimestamp) {
    if (!conditionIs(experiment, 'ExperimentCompleted', 'True')) {
      context.ends = true;
      context.split = undefined;
      proceed(context, false);
    }
    iter8.finalizer(experiment, false);
    return 0;
  }
  if (conditionIs(experiment, 'ExperimentCompleted', 'True')) {
    return 0;
  }
  const targets = [
    `Service ${namespace}/${service.name}`,
    ...context.names.map((name) => `Deployment ${namespace}/${name}`),
  ];
  const taken = iter8.claim(keyOf(experiment), targets);
  if (taken) {
    return pause(context, 'TargetsProvided', 'TargetsError', `${taken} is being involved in other experiment`);
  }
  if ((experiment.spec.criteria ?? []).length > 0) {
    mark(experiment, 'MetricsSynced', 'True', 'SyncMetricsSucceeded');
  }
  let woken = iter8.wokenBy(keyOf(experiment));
  const action = manualOverride?.action;
  if (!woken && !context.ends) {
    if (action === 'pause' || action === 'resume') {
      iter8.change(experiment, (each) => {
        delete each.spec.manualOverride;
      });
      experiment.status.phase = action === 'pause' ? 'Pause' : 'Progressing';
      experiment.status.message = action === 'pause' ? 'ActionPause' : 'ActionResume';
      mark(experiment, 'ExperimentCompleted', 'False', experiment.status.message);
      if (action === 'pause') {
        iter8.save(experiment);
        return 0;
      }
      woken = true;
    } else if (experiment.status.phase === 'Pause') {
      return 0;
    }
  }
  return proceed(context, woken);
}

function initialize({ experiment, names }: Context): void {
  experiment.status = {
    initTimestamp: '2026-01-01T00:00:00Z',
    phase: 'Progressing',
    currentIteration: 0,
    experimentType: 'Canary',
    assessment: { baseline: { name: names[0], weight: 0 }, candidates: [{ name: names[1], weight: 0 }] },
  };
  for (const type of [
    'MetricsSynced',
    'TargetsProvided',
    'ExperimentCompleted',
    'AnalyticsServiceNormal',
    'RoutingRulesReady',
  ]) {
    mark(experiment, type, 'Unknown');
  }
}

/** Nothing goes on until it is resumed, or a target is created or deleted. */
function pause({ iter8, experiment }: Context, type: string, reason: string, message: string): number {
  mark(experiment, type, 'False', reason, message);
  experiment.status.phase = 'Pause';
  experiment.status.message = `${reason}: ${message}`;
  iter8.save(experiment);
  return 0;
}

function proceed(context: Context, woken: boolean): number {
  const { iter8, experiment } = context;
  const problem = involved(context);
  if (problem) {
    mark(experiment, 'RoutingRulesReady', 'False', 'RoutingRulesError', problem);
    context.ends = true;
    complete(context, '');
    return 0;
  }
  if (!context.ends && (woken || !conditionIs(experiment, 'TargetsProvided', 'True'))) {
    const missing = detect(context);
    if (missing) {
      return pause(context, 'TargetsProvided', 'TargetsError', missing);
    }
  }
  const interval = seconds(experiment.spec.duration?.interval, 30);
  const iterations = experiment.spec.duration?.maxIterations ?? 100;
  let progress = false;
  if (!context.ends && iter8.now - (experiment.status.analysedAt ?? 0) > interval) {
    if (!iterate(context, iterations)) {
      return pause(context, 'AnalyticsServiceNormal', 'AnalyticsServiceError', 'verdict is error');
    }
    progress = true;
  }
  const done = experiment.status.currentIteration;
  if (context.ends || done >= iterations) {
    complete(context, ' (Abort)');
    return 0;
  }
  if (progress) {
    experiment.status.currentIteration = done + 1;
  }
  iter8.save(experiment);
  return progress ? interval : 0;
}

/** Whether the routing belongs to another experiment. */
function involved({ iter8, experiment, namespace, router }: Context): string | undefined {
  const mine = `${experiment.metadata.name}.${experiment.metadata.namespace}`;
  const services = iter8.cluster.list('VirtualService', namespace, `iter8-tools/router=${router}`);
  const rules = iter8.cluster.list('DestinationRule', namespace, `iter8-tools/router=${router}`);
  const others = [...services, ...rules].some(({ metadata: { labels } }) => {
    return labels['iter8-tools/role'] !== 'stable' && labels['iter8-tools/experiment'] !== mine;
  });
  if (others) {
    return 'Progressing rules being involved in other experiments';
  }
  return services.length > 1 || rules.length > services.length
    ? `${rules.length} dr and ${services.length} vs detected`
    : undefined;
}

/** Looks for service and versions, and writes the routing as far as they are there; answers what is missing. */
function detect(context: Context): string | undefined {
  const { iter8, experiment, namespace, names } = context;
  const lost = conditionIs(experiment, 'TargetsProvided', 'True') ? 'Deleted' : 'Not Ready';
  if (!iter8.cluster.find('Service', namespace, experiment.spec.service.name)) {
    return `Service ${lost}`;
  }
  const versions = names.map((name) => iter8.cluster.find('Deployment', namespace, name));
  const ready = versions.map((each) => (each?.status?.availableReplicas ?? 0) > 0);
  if (!ready[0]) {
    return `Baseline ${lost}`;
  }
  const subsets = versions.map((each, i) => ({ name: SUBSETS[i], labels: each?.spec.template.metadata.labels }));
  const role = iter8.cluster.list('VirtualService', namespace, `iter8-tools/router=${context.router}`)[0]?.metadata
    .labels['iter8-tools/role'];
  if (role !== 'initializing' && role !== 'progressing') {
    context.weights = [100, 0];
    route(context, 'initializing', [0], subsets.slice(0, 1));
  }
  if (!ready[1]) {
    weigh(context);
    return `Candidate ${lost}`;
  }
  if (role !== 'progressing') {
    route(context, 'progressing', [0, 1], subsets);
  }
  weigh(context);
  mark(experiment, 'TargetsProvided', 'True', 'TargetsFound');
  mark(experiment, 'RoutingRulesReady', 'True', 'RoutingRulesReady');
  experiment.status.message = 'RoutingRulesReady: ';
  return undefined;
}

function iterate(context: Context, iterations: number): boolean {
  const { iter8, experiment } = context;
  const { status, spec } = experiment;
  const step = spec.trafficControl?.maxIncrement ?? 2;
  if ((spec.criteria ?? []).length > 0) {
    const verdict = iter8.verdicts.get(experiment.metadata.name) ?? iter8.verdict;
    if (verdict === 'error') {
      return false;
    }
    const breached = verdict !== 'candidate' && verdict !== 'unknown';
    const [candidate] = status.assessment.candidates;
    candidate.criterion_assessments = [{ threshold_assessment: { threshold_breached: breached } }];
    if (verdict === 'rollback') {
      candidate.rollback = true;
      context.ends = true;
      context.split = undefined;
      return true;
    }
    const found = verdict === 'candidate' || verdict === 'baseline';
    const best = verdict === 'candidate' ? 1 : 0;
    mark(experiment, 'AnalyticsServiceNormal', 'True', 'AnalyticsServiceRunning');
    status.assessment.winner = {
      winning_version_found: found,
      current_best_version: ['baseline', 'candidate-0'][best],
      name: context.names[best],
    };
    const share =
      verdict === 'candidate' ? Math.min(100, (status.currentIteration + 1) * step) : verdict === 'unknown' ? step : 0;
    context.weights = [100 - share, share];
  } else if (context.weights[0] >= step) {
    context.weights = [context.weights[0] - step, context.weights[1] + step];
  }
  weigh(context);
  route(context, 'progressing', [0, 1]);
  status.phase = 'Progressing';
  const done = `Iteration ${status.currentIteration}/${iterations} completed`;
  status.message = `IterationUpdate: ${done}`;
  mark(experiment, 'ExperimentCompleted', 'False', 'IterationUpdate', done);
  status.lastUpdateTime = new Date(iter8.now * 1000).toISOString();
  status.analysedAt = iter8.now;
  return true;
}

function weigh({ experiment, weights }: Context): void {
  experiment.status.assessment.baseline.weight = weights[0];
  experiment.status.assessment.candidates[0].weight = weights[1];
}

/** Final weights, stable routing, status. */
function complete(context: Context, aborted: string): void {
  const { iter8, experiment, names, split, ends } = context;
  iter8.release(keyOf(experiment));
  const onTermination = experiment.spec.trafficControl?.onTermination ?? 'to_winner';
  const winner = experiment.status.assessment.winner;
  let message = 'Traffic To Baseline';
  if (ends && split && Object.keys(split).length > 0) {
    context.weights = [split[names[0]] ?? 0, split[names[1]] ?? 0];
    message = 'Traffic User Specified';
  } else if (!ends && onTermination === 'keep_last') {
    message = 'Keep Last Traffic';
  } else if (!ends && onTermination === 'to_winner' && winner?.winning_version_found) {
    context.weights = winner.current_best_version === 'baseline' ? [100, 0] : [0, 100];
    message = 'Traffic To Winner';
  } else {
    context.weights = [100, 0];
  }
  weigh(context);
  routeStable(context);
  const routed = conditionIs(experiment, 'RoutingRulesReady', 'True');
  const text = `${routed ? message : ''}${ends ? aborted : ''}`;
  experiment.status.phase = 'Completed';
  experiment.status.message = `ExperimentCompleted: ${text}`;
  mark(experiment, 'ExperimentCompleted', 'True', 'ExperimentCompleted', text);
  iter8.save(experiment);
}

function routeStable(context: Context): void {
  const { iter8, namespace, router } = context;
  const [old] = iter8.cluster.list('VirtualService', namespace, `iter8-tools/router=${router}`);
  const role = old?.metadata.labels['iter8-tools/role'];
  if (role === 'progressing') {
    route(context, 'stable', [0, 1]);
  } else if (role === 'initializing') {
    context.weights = [100, 0];
    route(context, 'stable', [0]);
  }
}

/** Writes the VirtualService, and the DestinationRule where there are new subsets. */
function route(context: Context, role: string, versions: readonly number[], subsets?: object[]): void {
  const { iter8, experiment, namespace, router, weights } = context;
  const { service, networking } = experiment.spec;
  const host = `${service.name}.${namespace}.svc.cluster.local`;
  const destinations = versions.map((version) => ({
    destination: { host, subset: SUBSETS[version], ...(service.port && { port: { number: service.port } }) },
    // Istio's types leave a weight of 0 out.
    ...(weights[version] > 0 && { weight: weights[version] }),
  }));
  const hosts = networking?.hosts ?? [];
  const labels: Record<string, string> = { 'iter8-tools/router': router, 'iter8-tools/role': role };
  if (role === 'stable') {
    labels.kiali_wizard = 'traffic_shifting';
  } else {
    labels['iter8-tools/experiment'] = `${experiment.metadata.name}.${experiment.metadata.namespace}`;
  }
  const route = { ...(role !== 'stable' && { name: 'iter8-experiment' }), route: destinations };
  write(iter8, 'VirtualService', namespace, router, labels, {
    hosts: [host, ...hosts.map(({ name }: any) => name)],
    gateways: ['mesh', ...hosts.map(({ gateway }: any) => gateway)],
    http: [route],
  });
  write(iter8, 'DestinationRule', namespace, router, labels, subsets && { host, subsets });
}

function write(
  iter8: Iter8,
  kind: string,
  namespace: string,
  router: string,
  labels: Record<string, string>,
  spec: object | undefined,
): void {
  const [old] = iter8.cluster.list(kind, namespace, `iter8-tools/router=${router}`);
  if (!old) {
    const metadata = { name: `${router}.iter8router`, namespace, labels: { ...labels, [INIT]: 'True' } };
    iter8.cluster.create({ kind, metadata, spec: spec ?? {} });
    return;
  }
  iter8.cluster.change(kind, namespace, old.metadata.name, (object) => {
    const made = object.metadata.labels[INIT] === 'True' && labels['iter8-tools/role'] !== 'stable';
    object.metadata.labels = { ...labels, ...(made && { [INIT]: 'True' }) };
    object.spec = spec ?? object.spec;
  });
}
