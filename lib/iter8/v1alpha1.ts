import type { ExperimentV1Alpha1Spec } from '../../imports/iter8.tools';
import { goDuration } from '../rules/values';
import type { Criterion } from './criterion';
import type { Iter8Dialect } from './iter8-api';

type Control = NonNullable<ExperimentV1Alpha1Spec['trafficControl']>;
type Analysis = NonNullable<ExperimentV1Alpha1Spec['analysis']>;
type SuccessCriterion = NonNullable<Analysis['successCriteria']>[number];

const METRICS: Record<string, string> = {
  latency: 'iter8_latency',
  'error-rate': 'iter8_error_rate',
  'error-count': 'iter8_error_count',
};

const STRATEGIES: Record<string, string> = {
  progressive: 'check_and_increment',
  increment_without_check: 'increment_without_check',
};

const ON_SUCCESS: Record<string, string> = { to_winner: 'candidate', to_baseline: 'baseline', keep_last: 'both' };

function criterion(path: string, given: Criterion): SuccessCriterion {
  if (given._reward) {
    throw new Error(
      `${path}: criteria has the reward ${given._metric}; expected none in v1alpha1; fix: remove it, or use Iter8Api.V1ALPHA2`,
    );
  }
  const delta = given._timesBaseline !== undefined;
  if (delta && given._timesBaseline < 1) {
    throw new Error(
      `${path}: timesBaseline of ${given._metric} is ${given._timesBaseline}; expected at least 1 in v1alpha1; fix: raise it, or use Iter8Api.V1ALPHA2`,
    );
  }
  // A delta says by which fraction the candidate may be above the baseline. Latencies are seconds before iter8 0.2.
  const absolute = given._metric === 'latency' ? (given._absolute ?? 0) / 1000 : given._absolute;
  const tolerance = given._timesBaseline !== undefined ? Number((given._timesBaseline - 1).toFixed(9)) : absolute;
  return {
    metricName: METRICS[given._metric] ?? given._metric,
    toleranceType: (delta ? 'delta' : 'threshold') as SuccessCriterion['toleranceType'],
    tolerance: tolerance ?? 0,
  };
}

/**
 * `iter8.tools/v1alpha1` as the controllers of October 2019 to 0.2.1 have it. They differ in how they are told to end an
 * experiment, in the labels' values and in the unit of latencies; latencies here are seconds, as until 0.1.
 */
export const v1alpha1: Iter8Dialect = {
  apiVersion: 'iter8.tools/v1alpha1',
  resource: 'experiments.v1alpha1.iter8.tools',
  routerLabel: 'iter8-tools/host',
  routerByService: true,
  resume: '{"action":"resume"}',
  terminate: '{"spec":{"assessment":"override_failure"},"action":"override_failure"}',
  clear: '{"spec":{"assessment":null},"action":null}',
  promote: '{"spec":{"assessment":"override_success"},"action":"override_success"}',

  spec(path, options, versions) {
    const { strategy, onTermination, hosts } = options;
    const name = STRATEGIES[strategy?._name ?? 'progressive'];
    if (name === undefined) {
      const expected = `one of ${Object.keys(STRATEGIES).join(', ')}`;
      throw new Error(
        `${path}: strategy is ${strategy?._name}; expected ${expected} in v1alpha1; fix: use Strategy.progressive()`,
      );
    }
    if (versions.candidates.length !== 1) {
      const found = versions.candidates.join(', ') || 'none';
      throw new Error(`${path}: candidates are ${found}; expected exactly one in v1alpha1; fix: use Iter8Api.V1ALPHA2`);
    }
    const spec: ExperimentV1Alpha1Spec = {
      targetService: {
        apiVersion: 'v1',
        name: versions.service,
        namespace: versions.namespace,
        port: options.port,
        hosts: hosts?.map((host) => ({ ...host })),
        baseline: versions.baseline,
        candidate: versions.candidates[0],
      },
      trafficControl: {
        strategy: name as Control['strategy'],
        maxTrafficPercentage: options.maxTrafficPercentage,
        trafficStepSize: options.maxIncrement,
        interval: goDuration(options.interval),
        maxIterations: options.maxIterations,
        onSuccess: ON_SUCCESS[onTermination?._name ?? 'to_winner'] as Control['onSuccess'],
      },
      analysis: {
        analyticsService: options.analyticsEndpoint,
        successCriteria: options.criteria.map((given) => criterion(path, given)),
      },
      cleanup: options.cleanup ? ('delete' as ExperimentV1Alpha1Spec['cleanup']) : undefined,
    };
    return { ...spec };
  },

  state: `uid {{.metadata.uid}}
version {{.metadata.resourceVersion}}
{{with .metadata.deletionTimestamp}}deleting {{.}}
{{end}}{{$criteria := 0}}{{$candidate := ""}}{{$override := ""}}{{with .action}}{{$override = .}}{{end}}{{with .spec}}{{with .targetService}}baseline {{.baseline}}
{{$candidate = .candidate}}candidate {{.candidate}}
{{range .hosts}}host {{.name}} {{.gateway}}
{{end}}{{end}}{{with .analysis}}{{with .successCriteria}}{{$criteria = len .}}criteria {{len .}}
{{end}}{{end}}{{with .assessment}}{{$override = .}}{{end}}{{end}}{{with $override}}override {{.}}
{{end}}{{with .status}}{{with .phase}}phase {{.}}
{{end}}{{with .currentIteration}}iteration {{.}}
{{end}}{{with .lastIncrementTime}}updated {{.}}
{{end}}{{with .message}}message {{printf "%q" .}}
{{end}}{{range .conditions}}{{if eq .type "ExperimentCompleted"}}completed {{.status}}
{{with .reason}}reason {{.}}
{{end}}{{end}}{{if eq .type "RoutingRulesReady"}}routing {{.status}}
{{end}}{{if and (eq .type "ExperimentSucceeded") (gt $criteria 0)}}{{if eq .status "False"}}lost criteria
{{else if eq .status "True"}}winner {{$candidate}}
{{end}}{{end}}{{end}}{{with .trafficSplitPercentage}}baseline-weight {{.baseline}}
candidate-weight {{.candidate}}
{{end}}{{end}}`,
};
