import type { KubernetesObject } from '../kubernetes/store';
import type { Iter8 } from './controller';
import { conditionIs, mark, seconds } from './status';

interface Context {
  readonly iter8: Iter8;
  readonly experiment: KubernetesObject;
  readonly namespace: string;
  readonly name: string;
  readonly service: string;
  weights: [baseline: number, candidate: number];
}

/** Does what is due for an experiment of v1alpha1, as the controller of October 2019; answers in how many seconds to ask again. */
export function reconcileV1Alpha1(iter8: Iter8, experiment: KubernetesObject): number {
  const { targetService, assessment } = experiment.spec;
  const split = experiment.status?.trafficSplitPercentage;
  const context: Context = {
    iter8,
    experiment,
    namespace: experiment.metadata.namespace,
    name: `${targetService.name}.${experiment.metadata.namespace}.iter8-experiment`,
    service: targetService.name,
    weights: [split?.baseline ?? 0, split?.candidate ?? 0],
  };
  const completed = conditionIs(experiment, 'ExperimentCompleted', 'True');
  if (experiment.metadata.deletionTimestamp) {
    if (!completed && experiment.status?.phase) {
      stable(context, targetService.baseline);
    }
    iter8.finalizer(experiment, false);
    return 0;
  }
  if (completed) {
    return 0;
  }
  iter8.finalizer(experiment, true);
  if (!experiment.status?.startTimestamp) {
    experiment.status = { startTimestamp: '1', phase: 'Initializing', currentIteration: 0 };
    for (const type of [
      'ExperimentCompleted',
      'ExperimentSucceeded',
      'TargetsProvided',
      'AnalyticsServiceNormal',
      'MetricsSynced',
      'Ready',
    ]) {
      mark(experiment, type, 'Unknown');
    }
  }
  mark(experiment, 'MetricsSynced', 'True');
  if (!iter8.cluster.find('Service', context.namespace, context.service)) {
    return pause(context, 'TargetsProvided', 'TargetsNotFound', `Missing Service ${context.service}`);
  }
  const problem = rules(context);
  if (problem) {
    return end(context, false, `ExperimentFailed, Error in Initializing routing rules: ${problem}, Experiment failed.`);
  }
  const missing = [
    ['Baseline', targetService.baseline],
    ['Candidate', targetService.candidate],
  ].filter(([, name]) => !iter8.cluster.find('Deployment', context.namespace, name));
  if (missing.length > 0) {
    return pause(
      context,
      'TargetsProvided',
      'TargetsNotFound',
      `Missing ${missing.map(([role]) => role).join(' And ')}`,
    );
  }
  mark(experiment, 'TargetsProvided', 'True');
  if (assessment === 'override_success' || assessment === 'override_failure') {
    const success = assessment === 'override_success';
    return finish(context, success, success ? 'OverrideSuccess' : 'OverrideFailure');
  }
  return iterate(context);
}

function pause(context: Context, type: string, reason: string, message: string): number {
  const { experiment } = context;
  experiment.status.phase = 'Pause';
  experiment.status.message = `${reason}, ${message}`;
  mark(experiment, type, 'False', reason, message);
  mark(experiment, 'Ready', 'False', reason, message);
  save(context);
  return 5;
}

function save({ iter8, experiment, weights }: Context): void {
  experiment.status.trafficSplitPercentage = { baseline: weights[0], candidate: weights[1] };
  iter8.save(experiment);
}

function labelsOf({ iter8, namespace }: Context, deployment: string): object | undefined {
  return iter8.cluster.find('Deployment', namespace, deployment)?.spec.template.metadata.labels;
}

/** Writes the routing for what is there; answers why it can not. */
function rules(context: Context): string | undefined {
  const { iter8, experiment, namespace, name, service, weights } = context;
  const { targetService } = experiment.spec;
  const old = iter8.cluster.find('DestinationRule', namespace, name)?.metadata.labels ?? {};
  const role = old['iter8-tools/role'];
  if (
    (role === 'progressing' && old['iter8-tools/experiment'] !== experiment.metadata.name) ||
    (role === 'stable' && !old['iter8-tools/host'])
  ) {
    return `destinationrules.networking.istio.io "${name}" already exists`;
  }
  const baseline = labelsOf(context, targetService.baseline);
  const candidate = labelsOf(context, targetService.candidate);
  if (baseline && weights[0] + weights[1] === 0) {
    weights[0] = 100;
  }
  const subsets = [
    ...(baseline ? [{ name: 'baseline', labels: baseline }] : []),
    ...(baseline && candidate ? [{ name: 'candidate', labels: candidate }] : []),
  ];
  const routes = subsets.map((subset, i) => ({
    destination: { host: service, subset: subset.name },
    weight: weights[i],
  }));
  const labels = {
    'iter8-tools/host': service,
    'iter8-tools/role': baseline ? 'progressing' : 'stable',
    'iter8-tools/experiment': experiment.metadata.name,
  };
  write(context, 'DestinationRule', labels, { host: service, subsets });
  write(context, 'VirtualService', labels, {
    hosts: [service],
    http: [{ route: routes.length > 0 ? routes : [toStable(service)] }],
  });
  return undefined;
}

function toStable(service: string): object {
  return { destination: { host: service, subset: 'stable' }, weight: 100 };
}

function write({ iter8, namespace, name }: Context, kind: string, labels: object, spec: object): void {
  if (!iter8.cluster.find(kind, namespace, name)) {
    iter8.cluster.create({ kind, metadata: { name, namespace, labels }, spec });
    return;
  }
  iter8.cluster.change(kind, namespace, name, (object) => {
    object.metadata.labels = labels;
    object.spec = spec;
  });
}

/** Leaves one subset with all the traffic. */
function stable(context: Context, version: string): void {
  const { service } = context;
  const pods = labelsOf(context, version);
  if (pods) {
    const labels = { 'iter8-tools/host': service, 'iter8-tools/role': 'stable' };
    write(context, 'DestinationRule', labels, { host: service, subsets: [{ name: 'stable', labels: pods }] });
    write(context, 'VirtualService', labels, { hosts: [service], http: [{ route: [toStable(service)] }] });
  }
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
  const judged = criteria.length > 0 && control.strategy !== 'increment_without_check';
  if (status.currentIteration >= (control.maxIterations ?? 100)) {
    const met = status.assessment?.all_success_criteria_met === true;
    if (criteria.length === 0) {
      return finish(context, true, 'IterationsExhausted');
    }
    return finish(context, met, met ? 'AllSuccessCriteriaMet' : 'NotAllSuccessCriteriaMet');
  }
  const step = control.trafficStepSize ?? 2;
  const most = control.maxTrafficPercentage ?? 50;
  let next = weights[1] + step;
  if (judged) {
    const verdict = iter8.verdicts.get(experiment.metadata.name) ?? iter8.verdict;
    if (verdict === 'error') {
      return pause(context, 'AnalyticsServiceNormal', 'AnalyticsServiceError', 'verdict is error');
    }
    mark(experiment, 'AnalyticsServiceNormal', 'True');
    if (verdict === 'rollback') {
      return end(context, false, 'ExperimentFailed, Aborted, Traffic: AllToBaseline.');
    }
    const met = verdict === 'candidate';
    status.assessment = { all_success_criteria_met: met };
    next = met || weights[1] === 0 ? Math.min(most, next) : weights[1];
  }
  if (next <= most) {
    context.weights = [100 - next, next];
    rules(context);
  }
  status.currentIteration += 1;
  status.lastIncrementTime = new Date(iter8.now * 1000).toISOString();
  status.iteratedAt = iter8.now;
  status.phase = 'Progressing';
  status.message = `ProgressUpdate, Iteration ${status.currentIteration} Completed`;
  mark(experiment, 'ExperimentCompleted', 'False', 'ProgressUpdate', `Iteration ${status.currentIteration} Completed`);
  save(context);
  return interval;
}

function finish(context: Context, success: boolean, why: string): number {
  const { onSuccess } = context.experiment.spec.trafficControl ?? {};
  const to =
    !success || onSuccess === 'baseline'
      ? 'AllToBaseline'
      : onSuccess === 'both'
        ? 'KeepBothVersions'
        : 'AllToCandidate';
  return end(context, success, `${success ? 'ExperimentSucceeded' : 'ExperimentFailed'}, ${why}, Traffic: ${to}`);
}

function end(context: Context, success: boolean, message: string): number {
  const { experiment, iter8, namespace, name } = context;
  const { targetService, trafficControl } = experiment.spec;
  const onSuccess = trafficControl?.onSuccess ?? 'candidate';
  if (context.weights[0] + context.weights[1] > 0) {
    if (success && onSuccess === 'both') {
      for (const kind of ['VirtualService', 'DestinationRule']) {
        iter8.cluster.change(kind, namespace, name, ({ metadata }) => {
          metadata.labels = { 'iter8-tools/role': 'stable' };
        });
      }
    } else {
      const candidate = success && onSuccess !== 'baseline';
      context.weights = candidate ? [0, 100] : [100, 0];
      stable(context, candidate ? targetService.candidate : targetService.baseline);
    }
  }
  experiment.status.phase = success ? 'Succeeded' : 'Failed';
  experiment.status.message = message;
  mark(experiment, 'ExperimentCompleted', 'True');
  mark(experiment, 'ExperimentSucceeded', success ? 'True' : 'False', success ? undefined : 'ExperimentFailed');
  save(context);
  return 0;
}
