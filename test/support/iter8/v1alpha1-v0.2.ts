import type { KubernetesObject } from '../kubernetes/store';
import { type Iter8, keyOf } from './controller';
import { conditionIs, mark, seconds } from './status';

interface Context {
  readonly iter8: Iter8;
  readonly experiment: KubernetesObject;
  readonly namespace: string;
  readonly host: string;
  /** Deployments, by the subset of each. */
  readonly versions: { readonly baseline: string; readonly candidate: string };
  weights: [baseline: number, candidate: number];
}

type Version = keyof Context['versions'];

/** Does what is due for an experiment of v1alpha1, as controller v0.2.1; answers in how many seconds to ask again. */
export function reconcileV1Alpha1V02(iter8: Iter8, experiment: KubernetesObject): number {
  const { name, baseline, candidate } = experiment.spec.targetService;
  const { namespace } = experiment.metadata;
  const split = experiment.status?.trafficSplitPercentage;
  const context: Context = {
    iter8,
    experiment,
    namespace,
    host: `${name}.${namespace}.svc.cluster.local`,
    versions: { baseline, candidate },
    weights: [split?.baseline ?? 0, split?.candidate ?? 0],
  };
  const completed = conditionIs(experiment, 'ExperimentCompleted', 'True');
  if (experiment.metadata.deletionTimestamp) {
    if (!completed && context.weights[0] + context.weights[1] > 0) {
      stable(context, 'baseline');
    }
    iter8.release(keyOf(experiment));
    iter8.finalizer(experiment, false);
    return 0;
  }
  if (completed) {
    return 0;
  }
  iter8.finalizer(experiment, true);
  if (!experiment.status?.createTimestamp) {
    experiment.status = { createTimestamp: 1, phase: 'Progressing', currentIteration: 0 };
    for (const type of [
      'ExperimentCompleted',
      'ExperimentSucceeded',
      'TargetsProvided',
      'RoutingRulesReady',
      'Ready',
    ]) {
      mark(experiment, type, 'Unknown');
    }
  }
  return proceed(context);
}

function proceed(context: Context): number {
  const { iter8, experiment, namespace, versions } = context;
  const targets = [
    `Service ${namespace}/${experiment.spec.targetService.name}`,
    ...Object.values(versions).map((name) => `Deployment ${namespace}/${name}`),
  ];
  const taken = iter8.claim(keyOf(experiment), targets);
  const { action } = experiment;
  let woken = iter8.wokenBy(keyOf(experiment));
  if (action === 'resume') {
    iter8.change(experiment, (each) => {
      delete each.action;
    });
    delete experiment.action;
    experiment.status.phase = 'Progressing';
    woken = true;
  }
  if (taken) {
    return pause(context, 'TargetsProvided', 'TargetsNotFound', `${taken} is being involved in other experiment`);
  }
  if (action === 'override_success' || action === 'override_failure') {
    return end(context, action === 'override_success', 'Abort');
  }
  if (action === 'pause') {
    experiment.status.phase = 'Pause';
    experiment.status.message = 'Pause';
    save(context);
    return 0;
  }
  if (experiment.status.phase === 'Pause' && !woken) {
    return 0;
  }
  const begun = conditionIs(experiment, 'TargetsProvided', 'True');
  const missing = detect(context);
  if (typeof missing === 'number') {
    return missing;
  }
  if (missing && begun) {
    // What is left gets the traffic.
    return end(context, missing === 'Baseline', 'Abort');
  }
  if (missing) {
    return pause(context, 'TargetsProvided', 'TargetsNotFound', `Missing ${missing}`);
  }
  mark(experiment, 'TargetsProvided', 'True');
  mark(experiment, 'RoutingRulesReady', 'True');
  return iterate(context);
}

/** Nothing goes on until it is resumed, or a target is created or deleted. */
function pause(context: Context, type: string, reason: string, message: string): number {
  mark(context.experiment, type, 'False', reason, message);
  context.experiment.status.phase = 'Pause';
  context.experiment.status.message = `${reason}: ${message}`;
  save(context);
  return 0;
}

function save({ iter8, experiment, weights }: Context): void {
  experiment.status.trafficSplitPercentage = { baseline: weights[0], candidate: weights[1] };
  iter8.save(experiment);
}

/** Looks for service and versions, and writes the routing as far as they are there; answers what is missing. */
function detect(context: Context): Version | string | number | undefined {
  const { iter8, experiment, namespace, host, weights } = context;
  const mine = `${experiment.metadata.name}.${namespace}`;
  const [old] = iter8.cluster.list('VirtualService', namespace, `iter8-tools/host=${host}`);
  const role = old?.metadata.labels['iter8-tools/role'];
  if (role !== undefined && role !== 'stable' && old.metadata.labels['iter8-tools/experiment'] !== mine) {
    const problem = 'Progressing rules being involved in other experiments';
    return pause(context, 'RoutingRulesReady', 'RoutingRulesError', problem);
  }
  if (!iter8.cluster.find('Service', namespace, experiment.spec.targetService.name)) {
    return 'Service';
  }
  if (!labelsOf(context, 'baseline')) {
    return 'Baseline';
  }
  if (weights[0] + weights[1] === 0) {
    weights[0] = 100;
  }
  if (role !== 'initializing' && role !== 'progressing') {
    route(context, 'initializing', ['baseline'], true);
  }
  if (!labelsOf(context, 'candidate')) {
    return 'Candidate';
  }
  if (role !== 'progressing') {
    route(context, 'progressing', ['baseline', 'candidate'], true);
  }
  return undefined;
}

function labelsOf({ iter8, namespace, versions }: Context, version: Version): object | undefined {
  return iter8.cluster.find('Deployment', namespace, versions[version])?.spec.template.metadata.labels;
}

function iterate(context: Context): number {
  const { iter8, experiment, weights } = context;
  const { status, spec } = experiment;
  const control = spec.trafficControl ?? {};
  const interval = seconds(control.interval, 60);
  const left = interval - (iter8.now - (status.iteratedAt ?? 0));
  if (left > 0) {
    save(context);
    return left;
  }
  const criteria = spec.analysis?.successCriteria ?? [];
  const last = status.currentIteration >= (control.maxIterations ?? 100);
  const step = weights[1] + (control.trafficStepSize ?? 2);
  let next = step;
  if (criteria.length > 0) {
    const verdict = iter8.verdicts.get(experiment.metadata.name) ?? iter8.verdict;
    if (verdict === 'error') {
      return pause(context, 'AnalyticsServiceNormal', 'AnalyticsServiceError', 'verdict is error');
    }
    if (verdict === 'rollback') {
      return end(context, false, 'Abort');
    }
    const met = verdict === 'candidate';
    status.assessment = { all_success_criteria_met: met };
    next = met || weights[1] === 0 ? Math.min(control.maxTrafficPercentage ?? 50, step) : weights[1];
    if (last) {
      return end(context, met, met ? 'All Success Criteria Were Met' : 'Not All Success Criteria Were Met');
    }
  }
  if (last) {
    return end(context, true, 'Last Iteration Was Completed');
  }
  if (next <= (control.maxTrafficPercentage ?? 50)) {
    context.weights = [100 - next, next];
    route(context, 'progressing', ['baseline', 'candidate']);
  }
  status.currentIteration += 1;
  status.lastIncrementTime = new Date(iter8.now * 1000).toISOString();
  status.iteratedAt = iter8.now;
  status.phase = 'Progressing';
  status.message = `IterationUpdate: Iteration ${status.currentIteration} Completed`;
  mark(experiment, 'ExperimentCompleted', 'False', 'IterationUpdate', `Iteration ${status.currentIteration} Completed`);
  save(context);
  return interval;
}

function end(context: Context, success: boolean, why: string): number {
  const { experiment, iter8 } = context;
  const onSuccess = experiment.spec.trafficControl?.onSuccess ?? 'candidate';
  // The rules of an experiment that keeps both stay its own.
  if (!success || onSuccess !== 'both') {
    const version = success && onSuccess === 'candidate' ? 'candidate' : 'baseline';
    context.weights = version === 'candidate' ? [0, 100] : [100, 0];
    stable(context, version);
  }
  const word = success ? 'ExperimentSucceeded' : 'ExperimentFailed';
  experiment.status.phase = 'Completed';
  experiment.status.message = `${word}: ${why}`;
  mark(experiment, 'ExperimentCompleted', 'True');
  mark(experiment, 'ExperimentSucceeded', success ? 'True' : 'False', success ? undefined : word);
  iter8.release(keyOf(experiment));
  save(context);
  return 0;
}

/** Leaves the one version with all the traffic, under the name that it has. */
function stable(context: Context, version: Version): void {
  const { iter8, namespace, host } = context;
  if (iter8.cluster.list('VirtualService', namespace, `iter8-tools/host=${host}`).length > 0) {
    route(context, 'stable', [version], labelsOf(context, version) !== undefined);
  }
}

/** Writes the VirtualService, and the DestinationRule where its subsets change. */
function route(context: Context, role: string, versions: readonly Version[], subsetsToo = false): void {
  const { iter8, experiment, namespace, host, weights } = context;
  const { hosts = [], port } = experiment.spec.targetService;
  const running = role !== 'stable';
  const labels = {
    'iter8-tools/host': host,
    'iter8-tools/role': role,
    ...(running && { 'iter8-tools/experiment': `${experiment.metadata.name}.${namespace}` }),
  };
  const routes = versions.map((subset) => {
    const weight = versions.length === 1 ? 100 : weights[subset === 'baseline' ? 0 : 1];
    const destination = { host, subset, ...(port && { port: { number: port } }) };
    // Istio's types leave a weight of 0 out.
    return { destination, ...(weight > 0 && { weight }) };
  });
  const service = {
    hosts: [host, ...hosts.map(({ name }: any) => name)],
    gateways: ['mesh', ...hosts.map(({ gateway }: any) => gateway)],
    http: [{ route: routes }],
  };
  const rule = { host, subsets: versions.map((name) => ({ name, labels: labelsOf(context, name) })) };
  for (const [kind, spec] of [
    ['DestinationRule', subsetsToo ? rule : undefined],
    ['VirtualService', service],
  ] as const) {
    const [old] = iter8.cluster.list(kind, namespace, `iter8-tools/host=${host}`);
    if (old) {
      iter8.cluster.change(kind, namespace, old.metadata.name, (object) => {
        const made = running && object.metadata.labels['iter8-tools/init'];
        object.metadata.labels = { ...labels, ...(made && { 'iter8-tools/init': 'True' }) };
        object.spec = spec ?? object.spec;
      });
    } else {
      const metadata = {
        name: `${host}.iter8-experiment`,
        namespace,
        labels: { ...labels, 'iter8-tools/init': 'True' },
      };
      iter8.cluster.create({ kind, metadata, spec: spec ?? rule });
    }
  }
}
