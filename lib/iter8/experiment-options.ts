import { Duration } from 'cdk8s';
import { refuse, requireDuration, requireInteger, requireName } from '../rules/values';
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
   * Without any, v1alpha2 finds no winner and the baseline stays, so pipelines need one; v1alpha1 takes the candidate.
   * @default - none
   */
  readonly criteria?: Criterion[];
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
   * How much more of the traffic the candidate gets with each assessment, in percent points; in v1alpha1 at most
   * `maxTrafficPercentage`.
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
   * Hosts through which the service is reached from outside. iter8 routes their requests too. Not in v1alpha1 before iter8
   * 0.2.
   * @default - only requests inside the mesh are routed
   */
  readonly hosts?: ExperimentHost[];
  /**
   * Port of the service that requests are routed to. Not in v1alpha1 before iter8 0.2.
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
  readonly criteria: Criterion[];
  readonly cleanup?: boolean;
  readonly interval: Duration;
  readonly maxIterations: number;
  readonly maxIncrement: number;
}

const DNS_LABEL = '[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?';
const DNS_NAME = new RegExp(`^(?=.{1,253}$)(\\*|(\\*\\.)?${DNS_LABEL}(\\.${DNS_LABEL})*)$`);
const GATEWAY = new RegExp(`^(${DNS_LABEL}/)?${DNS_LABEL}$`);

/** Fills in the defaults and refuses impossible values. @internal */
export function resolveOptions(path: string, options: ExperimentOptions & { cleanup?: boolean }): ResolvedOptions {
  const { criteria = [], interval = Duration.seconds(30), maxIterations = 20, maxIncrement = 5 } = options;
  const millis = requireDuration(path, 'interval', interval).toMilliseconds({ integral: false });
  if (millis < 1) {
    refuse(path, 'interval', `${millis} ms`, 'at least 1 ms', 'use Duration.seconds(30)');
  }
  requireInteger(path, 'maxIterations', maxIterations, 1, 1_000_000);
  requireInteger(path, 'maxIncrement', maxIncrement, 1, 100);
  if (options.maxTrafficPercentage !== undefined) {
    requireInteger(path, 'maxTrafficPercentage', options.maxTrafficPercentage, 1, 100);
  }
  if (options.port !== undefined) {
    requireInteger(path, 'port', options.port, 1, 65535);
  }
  if (!Array.isArray(criteria)) {
    refuse(path, 'criteria', criteria, 'a list of criteria', 'give [Criterion.errorRate({ below: 0.01 })]');
  }
  const rewards = criteria.filter((criterion) => criterion._reward).map((criterion) => criterion._metric);
  if (rewards.length > 1) {
    refuse(path, 'the reward in criteria', rewards, 'one at most', 'leave reward out of all but one');
  }
  requireHosts(path, options.hosts ?? []);
  if (options.analyticsEndpoint !== undefined) {
    const url = /^https?:\/\/[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?(\/[A-Za-z0-9._~/+%-]*)?$/;
    const expected = 'an http or https URL without user and password';
    requireName(path, 'analyticsEndpoint', options.analyticsEndpoint, url, expected);
  }
  return { ...options, criteria: [...criteria], interval, maxIterations, maxIncrement };
}

function requireHosts(path: string, hosts: readonly ExperimentHost[]): void {
  for (const { name, gateway } of hosts) {
    requireName(path, 'the name of a host', name, DNS_NAME, 'a DNS name');
    requireName(path, `the gateway of host ${name}`, gateway, GATEWAY, 'the name of a Gateway, or namespace/name');
  }
  const names = hosts.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    refuse(path, 'the name of a host', twice, 'each host once', 'remove one of them');
  }
}
