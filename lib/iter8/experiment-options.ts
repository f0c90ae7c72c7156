import { Duration } from 'cdk8s';
import { requireInteger, requireLabel, requirePattern } from '../rules/values';
import type { Criterion } from './criterion';
import type { Iter8Api } from './iter8-api';
import type { OnTermination, Strategy } from './strategy';

/** A host through which the service is reached from outside of the mesh. */
export interface ExperimentHost {
  /** The host's name, as in the Host header. */
  readonly name: string;
  /** Name of the Istio Gateway that lets it in, as VirtualServices write it: `bookinfo-gateway` or `namespace/name`. */
  readonly gateway: string;
}

/** What an experiment is about, apart from the versions it compares. */
export interface ExperimentOptions {
  /**
   * What the candidate has to meet.
   *
   * Without any, v1alpha2 finds no winner and the baseline stays, while v1alpha1 takes the candidate.
   */
  readonly criteria: Criterion[];
  /**
   * How traffic is shifted.
   * @default Strategy.progressive()
   */
  readonly strategy?: Strategy;
  /**
   * Time between two assessments.
   * @default Duration.seconds(30)
   */
  readonly interval?: Duration;
  /**
   * How many assessments there are. All together take `interval` times this number.
   * @default 20
   */
  readonly maxIterations?: number;
  /**
   * How much more of the traffic the candidate gets with each assessment, in percent points.
   * @default 5
   */
  readonly maxIncrement?: number;
  /**
   * How much of the traffic the candidate gets at most while the experiment runs, in percent. v1alpha1 only.
   * @default - iter8's: 50 in v1alpha1
   */
  readonly maxTrafficPercentage?: number;
  /**
   * Who gets the traffic in the end.
   * @default OnTermination.toWinner()
   */
  readonly onTermination?: OnTermination;
  /**
   * Whether iter8 deletes the versions that get no traffic in the end. It then also deletes the routing that it made,
   * with the way in from `hosts`, and candidates of experiments that never ran.
   * @default false
   */
  readonly cleanup?: boolean;
  /**
   * Hosts through which the service is reached from outside. iter8 routes their requests too.
   * @default - only requests inside the mesh are routed
   */
  readonly hosts?: ExperimentHost[];
  /**
   * Port of the service that requests are routed to.
   * @default - the one that was asked for
   */
  readonly port?: number;
  /**
   * URL of iter8's analytics service.
   * @default - the one that iter8 was installed with
   */
  readonly analyticsEndpoint?: string;
  /**
   * Version of iter8's API.
   * @default Iter8Api.V1ALPHA2
   */
  readonly api?: Iter8Api;
}

/** An experiment's options with all defaults filled in. @internal */
export interface ResolvedOptions extends ExperimentOptions {
  readonly interval: Duration;
  readonly maxIterations: number;
  readonly maxIncrement: number;
}

/** Fills in the defaults and refuses impossible values. @internal */
export function resolveOptions(path: string, options: ExperimentOptions): ResolvedOptions {
  const { interval = Duration.seconds(30), maxIterations = 20, maxIncrement = 5 } = options;
  if (interval.toMilliseconds() <= 0) {
    throw new Error(
      `${path}: interval is ${interval.toMilliseconds()} ms; expected more than 0; fix: use Duration.seconds(30)`,
    );
  }
  requireInteger(path, 'maxIterations', maxIterations, 1, 1_000_000);
  requireInteger(path, 'maxIncrement', maxIncrement, 1, 100);
  if (options.maxTrafficPercentage !== undefined) {
    requireInteger(path, 'maxTrafficPercentage', options.maxTrafficPercentage, 1, 100);
  }
  if (options.port !== undefined) {
    requireInteger(path, 'port', options.port, 1, 65535);
  }
  const rewards = options.criteria.filter((criterion) => criterion._reward);
  if (rewards.length > 1) {
    const metrics = rewards.map((criterion) => criterion._metric).join(', ');
    throw new Error(
      `${path}: criteria has the rewards ${metrics}; expected one at most; fix: leave reward out of all but one`,
    );
  }
  for (const { name, gateway } of options.hosts ?? []) {
    requirePattern(path, 'the name of a host', name, /^(\*|(\*\.)?[a-z0-9]([-a-z0-9.]*[a-z0-9])?)$/, 'a DNS name');
    for (const part of gateway.split('/').slice(0, 2)) {
      requireLabel(path, 'the gateway of a host', part);
    }
  }
  if (options.analyticsEndpoint !== undefined) {
    requirePattern(
      path,
      'analyticsEndpoint',
      options.analyticsEndpoint,
      /^https?:\/\/[^\s/@]+(\/[^\s@]*)?$/,
      'an http or https URL without user and password',
    );
  }
  return { ...options, criteria: [...options.criteria], interval, maxIterations, maxIncrement };
}
