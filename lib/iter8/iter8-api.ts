import type { ResolvedOptions } from './experiment-options';
import { v1alpha1, v1alpha1Iter802 } from './v1alpha1';
import { v1alpha2 } from './v1alpha2';

/** The versions that an experiment compares. @internal */
export interface Versions {
  readonly service: string;
  readonly namespace?: string;
  readonly baseline: string;
  readonly candidates: readonly string[];
  /** Id of the routing, where iter8's own choice is not wanted. */
  readonly router?: string;
}

/**
 * Everything in which iter8's API versions differ. What a pipeline reads or changes while it runs is written for
 * kubectl: Go templates and JSON merge patches.
 * @internal
 */
export interface Iter8Dialect {
  /** `iter8.tools/…` */
  readonly apiVersion: string;
  /** The resource's full name for kubectl. */
  readonly resource: string;
  /** The spec of an experiment. Throws where this version of the API lacks something. */
  spec(path: string, options: ResolvedOptions, versions: Versions): Record<string, unknown>;
  /** The part of the spec that names the service and its versions: a merge patch for an experiment that has the rest. */
  versions(versions: Versions): Record<string, unknown>;
  /**
   * Go template that writes what matters of an Experiment in a file, a line for each fact, with quotes: `apiVersion`,
   * `kind`, `name`, `service`, `interval`, `criteria` (number), `override`, `cleanup`.
   */
  readonly template: string;
  /**
   * Go template that writes the state of an experiment, a line for each fact: a key, a blank and a value.
   *
   * Keys: `uid`, `version`, `deleting`, `decision` (of a person, once it has ended), `service`, `baseline`, `candidate` (names), `criteria` (number), `override` (what a person or the
   * pipeline asked for last), `host` (name and gateway), `phase`, `iteration`, `updated`, `message` (quoted), `completed` and `routing` (True or
   * False), `reason`, `baseline-weight`, `candidate-weight`, `winner`, `lost` (why the candidate did).
   */
  readonly state: string;
  /** Whether an experiment without criteria ends with all traffic on the candidate. */
  readonly winsWithoutCriteria: boolean;
  /** Merge patch that has an experiment stop where it is. Controllers before 0.1 do not know it. */
  readonly pause: string;
  /** Merge patch that has an experiment go on. */
  readonly resume: string;
  /** Merge patch that ends it with all traffic on the baseline. */
  readonly terminate: string;
  /**
   * Merge patch that ends it with all traffic on the candidate, whose name stands in it as `@candidate@`, whatever the
   * experiment was to do in the end.
   */
  readonly promote: string;
  /** Merge patch that removes what was asked for before and not taken up. */
  readonly clear: string;
  /** The label by which the routing objects of a service are found. Its value is the id of the routing, … */
  readonly routerLabel: string;
  /** … or the service's name. */
  readonly routerByService: boolean;
  /** What these objects are called: `@router@` stands for the id, `@service@` and `@namespace@` for the service. */
  readonly routerName: string;
}

/** A version of iter8's API. Take the one of the iter8 that is installed. */
export class Iter8Api {
  /** `iter8.tools/v1alpha2`, of iter8 1.0. */
  public static readonly V1ALPHA2 = new Iter8Api('v1alpha2', v1alpha2);
  /**
   * `iter8.tools/v1alpha1`, of iter8 until 0.1. It has latencies in seconds, and neither `hosts` nor `port`.
   * (Controllers of October 2019 to v0.1.1.)
   */
  public static readonly V1ALPHA1 = new Iter8Api('v1alpha1', v1alpha1);
  /** `iter8.tools/v1alpha1`, of iter8 0.2. It has latencies in milliseconds, and `hosts` and `port`. */
  public static readonly V1ALPHA1_V0_2 = new Iter8Api('v1alpha1 of iter8 0.2', v1alpha1Iter802);

  private constructor(
    /** Its name. */
    public readonly version: string,
    /** @internal */
    public readonly _dialect: Iter8Dialect,
  ) {}
}
