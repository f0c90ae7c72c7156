import type { ExperimentSpec } from '../../imports/iter8.tools';
import { goDuration, refuse } from '../rules/values';
import type { Criterion, CriterionKind } from './criterion';
import type { Iter8Dialect, Versions } from './iter8-api';
import { OnTermination, Strategy } from './strategy';

const METRICS = new Map<CriterionKind, string>([
  ['latency', 'iter8_mean_latency'],
  ['error-rate', 'iter8_error_rate'],
  ['error-count', 'iter8_error_count'],
]);

const same = (words: string[]) => new Map(words.map((word) => [word, word]));
const STRATEGIES = same(['progressive', 'top_2', 'uniform']);
const ON_TERMINATION = same(['to_winner', 'to_baseline', 'keep_last']);

type Control = NonNullable<ExperimentSpec['trafficControl']>;
type Criteria = NonNullable<ExperimentSpec['criteria']>[number];

function criterion(given: Criterion): Criteria {
  const value = given._timesBaseline ?? given._absolute;
  const relative = given._timesBaseline !== undefined;
  const type = (relative ? 'relative' : 'absolute') as NonNullable<Criteria['threshold']>['type'];
  return {
    metric: METRICS.get(given._kind) ?? given._metric,
    threshold: value === undefined ? undefined : { type, value },
    isReward: given._reward || undefined,
  };
}

/**
 * iter8 finds its routing by a label with this value, and Kubernetes limits that to 63 characters; an experiment on a
 * longer name ends at once without having run.
 */
function routerId({ service, namespace = 'default', router }: Versions): string | undefined {
  return router ?? (`${service}.${namespace}.svc.cluster.local`.length > 63 ? service : undefined);
}

function named(versions: Versions): { readonly service: ExperimentSpec['service'] } {
  const { service: name, namespace, baseline, candidates } = versions;
  return { service: { name, namespace, baseline, candidates: [...candidates] } };
}

/** `iter8.tools/v1alpha2` as controller v1.0.1 has it. */
export const v1alpha2: Iter8Dialect = {
  apiVersion: 'iter8.tools/v1alpha2',
  resource: 'experiments.v1alpha2.iter8.tools',
  routerLabel: 'iter8-tools/router',
  routerByService: false,
  routerName: '@router@.iter8router',
  winsWithoutCriteria: false,
  pause: '{"spec":{"manualOverride":{"action":"pause","trafficSplit":null}}}',
  resume: '{"spec":{"manualOverride":{"action":"resume","trafficSplit":null}}}',
  terminate: '{"spec":{"manualOverride":{"action":"terminate","trafficSplit":null}}}',
  clear: '{"spec":{"manualOverride":null}}',
  promote: '{"spec":{"manualOverride":{"action":"terminate","trafficSplit":{"@candidate@":100}}}}',

  spec(path, options, versions) {
    const { strategy = Strategy.progressive(), onTermination = OnTermination.toWinner(), criteria, hosts } = options;
    if (options.maxTrafficPercentage !== undefined) {
      const expected = 'none, because v1alpha2 does not know it';
      refuse(path, 'maxTrafficPercentage', options.maxTrafficPercentage, expected, 'remove it');
    }
    const { service } = named(versions);
    const id = routerId(versions);
    const spec: ExperimentSpec = {
      service: { ...service, port: options.port },
      networking: id || hosts ? { id, hosts: hosts?.map((host) => ({ ...host })) } : undefined,
      criteria: criteria.length > 0 ? criteria.map(criterion) : undefined,
      trafficControl: {
        strategy: strategy._in(path, 'v1alpha2', STRATEGIES) as Control['strategy'],
        maxIncrement: options.maxIncrement,
        onTermination: onTermination._in(path, 'v1alpha2', ON_TERMINATION) as Control['onTermination'],
      },
      duration: { interval: goDuration(options.interval), maxIterations: options.maxIterations },
      cleanup: options.cleanup || undefined,
      analyticsEndpoint: options.analyticsEndpoint,
    };
    return { ...spec };
  },

  versions: (versions) => ({ ...named(versions), networking: { id: routerId(versions) } }),

  template: `apiVersion {{printf "%q" .apiVersion}}
kind {{printf "%q" .kind}}
name {{with .metadata}}{{printf "%q" .name}}{{end}}
{{with .spec}}{{with .service}}{{with .name}}service {{printf "%q" .}}
{{end}}{{end}}{{with .duration}}{{with .interval}}interval {{printf "%q" .}}
{{end}}{{end}}{{with .criteria}}criteria {{len .}}
{{end}}{{with .manualOverride}}override {{printf "%q" .action}}
{{end}}{{with .cleanup}}cleanup {{printf "%q" (print .)}}
{{end}}{{end}}`,

  state: `uid {{.metadata.uid}}
version {{.metadata.resourceVersion}}
{{with .metadata.deletionTimestamp}}deleting {{.}}
{{end}}{{with .metadata.annotations}}{{with index . "cdk8s-iter8/decision"}}decision {{. | js}}
{{end}}{{end}}{{with .spec}}{{with .service}}service {{.name | js}}
baseline {{.baseline | js}}
{{with .port}}port {{. | js}}
{{end}}{{range .candidates}}candidate {{. | js}}
{{end}}{{end}}{{with .criteria}}criteria {{len .}}
{{end}}{{with .manualOverride}}override {{.action | js}}
{{end}}{{with .networking}}{{range .hosts}}host {{.name | js}} {{.gateway | js}}
{{end}}{{end}}{{end}}{{with .status}}{{with .phase}}phase {{. | js}}
{{end}}{{with .currentIteration}}iteration {{.}}
{{end}}{{with .lastUpdateTime}}updated {{. | js}}
{{end}}{{with .message}}message {{printf "%q" .}}
{{end}}{{range .conditions}}{{if eq .type "ExperimentCompleted"}}completed {{.status | js}}
{{with .reason}}reason {{. | js}}
{{end}}{{end}}{{if eq .type "RoutingRulesReady"}}routing {{.status | js}}
{{end}}{{end}}{{with .assessment}}{{with .baseline}}baseline-weight {{.weight}}
{{end}}{{range .candidates}}candidate-weight {{.weight}}
{{with .rollback}}lost rollback
{{end}}{{range .criterion_assessments}}{{with .threshold_assessment}}{{if .threshold_breached}}lost threshold
{{end}}{{end}}{{end}}{{end}}{{with .winner}}{{if .winning_version_found}}winner {{.name | js}}
{{end}}{{end}}{{end}}{{end}}`,
};
