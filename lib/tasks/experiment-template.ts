import { type ExperimentOptions, type ResolvedOptions, resolveOptions } from '../iter8/experiment-options';
import type { Iter8Api } from '../iter8/iter8-api';

/**
 * An experiment as JSON in which the step create-experiment fills in what is known only when a pipeline runs. What the
 * step looks for can't stand in any option: none of them allows "@" there.
 * @internal
 */
export function experimentTemplate(path: string, api: Iter8Api, options: ExperimentOptions): string {
  if (options.api !== undefined && options.api !== api) {
    throw new Error(
      `${path}: api is ${options.api.version}, but the tasks are made for ${api.version}; expected the same; fix: give api to the tasks`,
    );
  }
  const dialect = api._dialect;
  return JSON.stringify({
    apiVersion: dialect.apiVersion,
    kind: 'Experiment',
    metadata: { name: '@name@', namespace: '@namespace@', labels: { 'cdk8s-iter8/run': '@run@' } },
    spec: dialect.spec(path, resolveOptions(path, options), {
      service: '@service@',
      namespace: '@namespace@',
      baseline: '@baseline@',
      candidates: ['@candidate@'],
      router: '@router@',
    }),
  });
}

/** How long an experiment takes when nothing stops it, in seconds. @internal */
export function experimentSeconds(path: string, options: ExperimentOptions): number {
  const { interval, maxIterations }: ResolvedOptions = resolveOptions(path, options);
  return Math.ceil((interval.toMilliseconds() * maxIterations) / 1000);
}
