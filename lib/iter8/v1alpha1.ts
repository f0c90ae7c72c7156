import type { ExperimentV1Alpha1Spec } from '../../imports/iter8.tools';
import { goDuration, refuse } from '../rules/values';
import type { Criterion, CriterionKind } from './criterion';
import type { ResolvedOptions } from './experiment-options';
import type { Iter8Dialect, Versions } from './iter8-api';
import { OnTermination, Strategy } from './strategy';

type Control = NonNullable<ExperimentV1Alpha1Spec['trafficControl']>;
type Analysis = NonNullable<ExperimentV1Alpha1Spec['analysis']>;
type SuccessCriterion = NonNullable<Analysis['successCriteria']>[number];

/** In what the controllers with this version of the API differ, as far as experiments have to know. */
interface Generation {
  /** How many milliseconds a latency of 1 is. */
  readonly latencyMillis: number;
  /** Whether requests from outside the mesh can be routed, and to another port. */
  readonly hasHosts: boolean;
}

const METRICS = new Map<CriterionKind, string>([
  ['latency', 'iter8_latency'],
  ['error-rate', 'iter8_error_rate'],
  ['error-count', 'iter8_error_count'],
]);

const STRATEGIES = new Map([
  ['progressive', 'check_and_increment'],
  ...['increment_without_check', 'epsilon_greedy', 'posterior_bayesian_routing', 'optimistic_bayesian_routing'].map(
    (name): [string, string] => [name, name],
  ),
]);

const ON_SUCCESS = new Map([
  ['to_winner', 'candidate'],
  ['to_baseline', 'baseline'],
  ['keep_last', 'both'],
]);

/** What iter8 takes where it is told nothing, in percent. */
const MAX_TRAFFIC_PERCENTAGE = 50;

function criterion(path: string, given: Criterion, { latencyMillis }: Generation): SuccessCriterion {
  const { _kind: kind, _metric: metric, _absolute: absolute = 0, _timesBaseline: times } = given;
  if (given._reward) {
    refuse(path, 'the reward in criteria', metric, 'none in v1alpha1', 'remove it, or use Iter8Api.V1ALPHA2');
  }
  if (times !== undefined && times < 1) {
    const fix = 'raise it, or use Iter8Api.V1ALPHA2';
    refuse(path, `timesBaseline of ${metric}`, times, 'at least 1 in v1alpha1', fix);
  }
  const limit = kind === 'latency' ? absolute / latencyMillis : absolute;
  return {
    metricName: METRICS.get(kind) ?? metric,
    toleranceType: (times === undefined ? 'threshold' : 'delta') as SuccessCriterion['toleranceType'],
    // A delta says by which fraction the candidate may be above the baseline.
    tolerance: times === undefined ? limit : Number((times - 1).toFixed(9)),
  };
}

/** Refuses what these controllers would ignore, or not get done. */
function check(path: string, options: ResolvedOptions, candidates: readonly string[], { hasHosts }: Generation): void {
  if (candidates.length !== 1) {
    refuse(path, 'candidates', candidates, 'exactly one in v1alpha1', 'use Iter8Api.V1ALPHA2');
  }
  for (const what of ['hosts', 'port'] as const) {
    if (!hasHosts && options[what] !== undefined) {
      const fix = `remove ${what}, or use Iter8Api.V1ALPHA1_V0_2`;
      refuse(path, what, options[what], 'none before iter8 0.2, which does not know it', fix);
    }
  }
  // iter8 leaves out a step that would go above.
  const most = options.maxTrafficPercentage ?? MAX_TRAFFIC_PERCENTAGE;
  if (options.maxIncrement > most) {
    const fix = 'lower it, or raise maxTrafficPercentage';
    refuse(path, 'maxIncrement', options.maxIncrement, `at most maxTrafficPercentage, which is ${most}`, fix);
  }
}

function named(versions: Versions): { readonly targetService: ExperimentV1Alpha1Spec['targetService'] } {
  const { service: name, namespace, baseline, candidates } = versions;
  return { targetService: { apiVersion: 'v1', name, namespace, baseline, candidate: candidates[0] } };
}

function spec(generation: Generation): Iter8Dialect['spec'] {
  return (path, options, versions) => {
    check(path, options, versions.candidates, generation);
    const { strategy = Strategy.progressive(), onTermination = OnTermination.toWinner(), hosts } = options;
    const result: ExperimentV1Alpha1Spec = {
      targetService: {
        ...named(versions).targetService,
        port: options.port,
        hosts: hosts?.map((host) => ({ ...host })),
      },
      trafficControl: {
        strategy: strategy._in(path, 'v1alpha1', STRATEGIES) as Control['strategy'],
        maxTrafficPercentage: options.maxTrafficPercentage,
        trafficStepSize: options.maxIncrement,
        interval: goDuration(options.interval),
        maxIterations: options.maxIterations,
        onSuccess: onTermination._in(path, 'v1alpha1', ON_SUCCESS) as Control['onSuccess'],
      },
      analysis: {
        analyticsService: options.analyticsEndpoint,
        successCriteria: options.criteria.map((given) => criterion(path, given, generation)),
      },
      cleanup: options.cleanup ? ('delete' as ExperimentV1Alpha1Spec['cleanup']) : undefined,
    };
    return { ...result };
  };
}

/**
 * `iter8.tools/v1alpha1` as the controllers of October 2019 to 0.1 have it. They also differ in how they are told to end
 * an experiment and in the labels' values, of which all forms are written and read.
 */
export const v1alpha1: Iter8Dialect = {
  apiVersion: 'iter8.tools/v1alpha1',
  resource: 'experiments.v1alpha1.iter8.tools',
  routerLabel: 'iter8-tools/host',
  routerByService: true,
  routerName: '@service@.@namespace@.iter8-experiment',
  winsWithoutCriteria: true,
  pause: '{"action":"pause"}',
  resume: '{"action":"resume"}',
  terminate: '{"spec":{"assessment":"override_failure"},"action":"override_failure"}',
  clear: '{"spec":{"assessment":null},"action":null}',
  // Success leads to where onSuccess says.
  promote:
    '{"spec":{"assessment":"override_success","trafficControl":{"onSuccess":"candidate"}},"action":"override_success"}',
  spec: spec({ latencyMillis: 1000, hasHosts: false }),
  versions: named,
  template: `apiVersion {{printf "%q" .apiVersion}}
kind {{printf "%q" .kind}}
name {{with .metadata}}{{printf "%q" .name}}{{end}}
{{with .action}}override {{printf "%q" .}}
{{end}}{{with .spec}}{{with .targetService}}{{with .name}}service {{printf "%q" .}}
{{end}}{{end}}{{with .trafficControl}}{{with .interval}}interval {{printf "%q" .}}
{{end}}{{end}}{{with .analysis}}{{with .successCriteria}}criteria {{len .}}
{{end}}{{end}}{{with .assessment}}override {{printf "%q" .}}
{{end}}{{with .cleanup}}cleanup {{printf "%q" (print .)}}
{{end}}{{end}}`,
  state: `uid {{.metadata.uid}}
version {{.metadata.resourceVersion}}
{{with .metadata.deletionTimestamp}}deleting {{.}}
{{end}}{{with .metadata.annotations}}{{with index . "cdk8s-iter8/decision"}}decision {{. | js}}
{{end}}{{end}}{{$criteria := 0}}{{$candidate := ""}}{{$override := ""}}{{with .action}}{{$override = .}}{{end}}{{with .spec}}{{with .targetService}}service {{.name | js}}
baseline {{.baseline | js}}
{{with .port}}port {{. | js}}
{{end}}{{$candidate = .candidate}}candidate {{.candidate | js}}
{{range .hosts}}host {{.name | js}} {{.gateway | js}}
{{end}}{{end}}{{with .analysis}}{{with .successCriteria}}{{$criteria = len .}}criteria {{len .}}
{{end}}{{end}}{{with .assessment}}{{$override = .}}{{end}}{{end}}{{with $override}}override {{. | js}}
{{end}}{{with .status}}{{with .phase}}phase {{. | js}}
{{end}}{{with .currentIteration}}iteration {{.}}
{{end}}{{with .lastIncrementTime}}updated {{. | js}}
{{end}}{{with .message}}message {{printf "%q" .}}
{{end}}{{range .conditions}}{{if eq .type "ExperimentCompleted"}}completed {{.status | js}}
{{with .reason}}reason {{. | js}}
{{end}}{{end}}{{if eq .type "RoutingRulesReady"}}routing {{.status | js}}
{{end}}{{if and (eq .type "ExperimentSucceeded") (gt $criteria 0)}}{{if eq .status "False"}}lost criteria
{{else if eq .status "True"}}winner {{$candidate | js}}
{{end}}{{end}}{{end}}{{with .trafficSplitPercentage}}baseline-weight {{.baseline}}
candidate-weight {{.candidate}}
{{end}}{{end}}`,
};

/** The same as controllers 0.2.0 and 0.2.1 have it, which name the routing after the whole host. */
export const v1alpha1Iter802: Iter8Dialect = {
  ...v1alpha1,
  routerByService: false,
  routerName: '@router@.iter8-experiment',
  spec: spec({ latencyMillis: 1, hasHosts: true }),
};
