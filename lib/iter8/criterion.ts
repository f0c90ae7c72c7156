import { refuse, requireName, requireNumber } from '../rules/values';

/** iter8's own metrics that count, of which it takes neither multiples nor the better one: versions get other traffic. */
const COUNTERS = ['iter8_request_count', 'iter8_total_latency', 'iter8_error_count'];

/** What a criterion is about: a metric whose name each version of iter8's API has in its table, or one of one's own. @internal */
export type CriterionKind = 'latency' | 'error-rate' | 'error-count' | 'custom';

/** A limit for a value that should be low. Exactly one of the two is given. */
export interface LatencyLimit {
  /**
   * The mean latency in milliseconds that the candidate may have.
   * @default - none
   */
  readonly belowMillis?: number;
  /**
   * How many times the baseline's value the candidate's may be: 1.2 allows a fifth more.
   * @default - none
   */
  readonly timesBaseline?: number;
}

/** A limit for the share of failed requests. Exactly one of the two is given. */
export interface RateLimit {
  /**
   * The share that the candidate may have, from 0 to 1.
   * @default - none
   */
  readonly below?: number;
  /**
   * How many times the baseline's value the candidate's may be: 1.2 allows a fifth more.
   * @default - none
   */
  readonly timesBaseline?: number;
}

/** A limit for the number of failed requests. */
export interface CountLimit {
  /** The number that the candidate may have, in all since the experiment began. */
  readonly below: number;
}

/** A metric of one's own. */
export interface CustomCriterion {
  /** Its name in iter8's configuration. */
  readonly metric: string;
  /**
   * The limit, in the metric's unit: an upper one where iter8 is told that low is good, else a lower one.
   * @default - none
   */
  readonly absolute?: number;
  /**
   * The limit as a multiple of the baseline's value. iter8 takes it for metrics that are ratios.
   * @default - none
   */
  readonly timesBaseline?: number;
  /**
   * Whether the version with the better value wins. An experiment has one such metric at most.
   * @default false
   */
  readonly reward?: boolean;
}

/**
 * What the candidate has to meet to win.
 *
 * The metrics are those that iter8 ships: `iter8_mean_latency`, `iter8_error_rate` and `iter8_error_count`; for others
 * use `custom`.
 */
export class Criterion {
  /** The mean latency. */
  public static meanLatency(limit: LatencyLimit): Criterion {
    const what = 'Criterion.meanLatency';
    one(what, 'belowMillis', limit.belowMillis, limit.timesBaseline);
    const below = positive(what, 'belowMillis', limit.belowMillis);
    return new Criterion('latency', below, positive(what, 'timesBaseline', limit.timesBaseline));
  }

  /** The share of requests that failed with a status from 500 on. */
  public static errorRate(limit: RateLimit): Criterion {
    const what = 'Criterion.errorRate';
    one(what, 'below', limit.below, limit.timesBaseline);
    const below = limit.below === undefined ? undefined : requireNumber(what, 'below', limit.below, 0, 1);
    return new Criterion('error-rate', below, positive(what, 'timesBaseline', limit.timesBaseline));
  }

  /** The number of requests that failed. A multiple of the baseline's makes no sense here: it gets other traffic. */
  public static errorCount(limit: CountLimit): Criterion {
    const below = requireNumber('Criterion.errorCount', 'below', limit.below, 0, Number.POSITIVE_INFINITY);
    return new Criterion('error-count', below);
  }

  /** Any metric that iter8 is configured with. */
  public static custom(criterion: CustomCriterion): Criterion {
    const what = 'Criterion.custom';
    const { metric, absolute, timesBaseline, reward = false } = criterion;
    requireName(what, 'metric', metric, /^[A-Za-z_][A-Za-z0-9_.-]*$/, 'the name of a metric in iter8config-metrics');
    if (!reward || absolute !== undefined || timesBaseline !== undefined) {
      one(what, 'absolute', absolute, timesBaseline);
    }
    if (COUNTERS.includes(metric) && (reward || timesBaseline !== undefined)) {
      const fix = 'give absolute, or take a metric that is a ratio';
      refuse(what, 'metric', metric, 'no metric that counts, with timesBaseline or reward', fix);
    }
    if (absolute !== undefined && !Number.isFinite(absolute)) {
      refuse(what, 'absolute', absolute, 'a number', 'give absolute such a number');
    }
    if (absolute !== undefined && metric === 'iter8_error_rate') {
      requireNumber(what, 'absolute', absolute, 0, 1);
    }
    return new Criterion('custom', absolute, positive(what, 'timesBaseline', timesBaseline), reward, metric);
  }

  private constructor(
    /** @internal */
    public readonly _kind: CriterionKind,
    /** @internal */
    public readonly _absolute?: number,
    /** @internal */
    public readonly _timesBaseline?: number,
    /** @internal */
    public readonly _reward: boolean = false,
    /** The metric's name, for messages; of a custom one also for iter8. @internal */
    public readonly _metric: string = _kind,
  ) {}
}

function one(what: string, name: string, absolute: number | undefined, timesBaseline: number | undefined): void {
  if ((absolute === undefined) === (timesBaseline === undefined)) {
    const found = absolute === undefined ? 'neither' : 'both';
    throw new Error(
      `${what}: ${found} of ${name} and timesBaseline given; expected exactly one; fix: ${found === 'both' ? 'remove' : 'add'} one`,
    );
  }
}

function positive(what: string, name: string, value: number | undefined): number | undefined {
  if (value !== undefined && !(Number.isFinite(value) && value > 0)) {
    refuse(what, name, value, 'a number above 0', `give ${name} such a number`);
  }
  return value;
}
