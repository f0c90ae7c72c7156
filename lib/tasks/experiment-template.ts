import { Duration } from 'cdk8s';
import { type ExperimentOptions, resolveOptions } from '../iter8/experiment-options';
import type { Iter8Api } from '../iter8/iter8-api';
import { refuse, requireNumber } from '../rules/values';

/** What stands in a template for what is known only when a pipeline runs. */
const METADATA = { name: '@name@', namespace: '@namespace@', labels: { 'cdk8s-iter8/run': '@run@' } };
const VERSIONS = {
  service: '@service@',
  namespace: '@namespace@',
  baseline: '@baseline@',
  candidates: ['@candidate@'],
  router: '@router@',
};

/**
 * An experiment in which the step create-experiment fills in what is known only when a pipeline runs.
 * @internal
 */
export class ExperimentTemplate {
  /** The Experiment as JSON. What the step looks for can't stand in any option: none of them allows "@" there. */
  public readonly json: string;
  /** How long the experiment takes when nothing stops it, in seconds. */
  public readonly seconds: number;
  /** How long it may take where nothing else is said, in seconds. */
  public readonly deadline: number;
  /** Time between two assessments. */
  public readonly interval: Duration;
  /** Port that requests are routed to. */
  public readonly port?: number;

  /** @param file path of an Experiment in the repository, to which only the versions are added */
  public constructor(path: string, api: Iter8Api, options: ExperimentOptions, file?: string) {
    const dialect = api._dialect;
    refuseCleanup(path, options);
    if (file !== undefined) {
      refuseOptions(path, file, options);
      // What the file says is known only when it runs.
      this.interval = Duration.seconds(30);
      this.seconds = 0;
      this.deadline = 1800;
      this.json = JSON.stringify({ metadata: METADATA, spec: dialect.versions(VERSIONS) });
      return;
    }
    const resolved = resolveOptions(path, options);
    const { interval, maxIterations, criteria, port } = resolved;
    if (criteria.length === 0 && !dialect.winsWithoutCriteria) {
      const expected = `at least one, because no candidate wins without in ${api.version}`;
      refuse(path, 'criteria', criteria, expected, 'give [Criterion.errorRate({ below: 0.01 })]');
    }
    this.interval = interval;
    this.port = port;
    this.seconds = Math.ceil((interval.toMilliseconds({ integral: false }) * maxIterations) / 1000);
    // The steps take nine digits, and something is added for what goes slowly.
    requireNumber(path, 'interval times maxIterations in seconds', this.seconds, 1, 999_999_000);
    this.deadline = this.seconds + 300;
    this.json = JSON.stringify({
      apiVersion: dialect.apiVersion,
      kind: 'Experiment',
      metadata: METADATA,
      spec: dialect.spec(path, resolved, VERSIONS),
    });
  }
}

/** What TypeScript lets through where the options are those of an Experiment written by hand. */
function refuseCleanup(path: string, options: ExperimentOptions & { readonly cleanup?: boolean }): void {
  if (options.cleanup) {
    const expected = 'none, because iter8 would delete versions that still have traffic';
    const fix = "remove it; the task's own cleanup says what happens to the version that lost";
    refuse(path, 'cleanup of options', options.cleanup, expected, fix);
  }
}

/** What would have no effect. */
function refuseOptions(path: string, file: string, options: ExperimentOptions): void {
  const without: { readonly [name in keyof Required<Omit<ExperimentOptions, 'api'>>]: true } = {
    criteria: true,
    strategy: true,
    interval: true,
    maxIterations: true,
    maxIncrement: true,
    maxTrafficPercentage: true,
    onTermination: true,
    hosts: true,
    port: true,
    analyticsEndpoint: true,
  };
  for (const name of Object.keys(without) as (keyof typeof without)[]) {
    if (options[name] !== undefined) {
      const expected = `none beside experimentTemplate, which is ${file}`;
      throw new Error(
        `${path}: ${name} is given; expected ${expected}; fix: write it into that file, or remove one of them`,
      );
    }
  }
}
