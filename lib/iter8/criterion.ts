import { requireNumber } from '../rules/values';

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
    return new Criterion(
      'latency',
      positive(what, 'belowMillis', limit.belowMillis),
      relative(what, limit.timesBaseline),
    );
  }

  /** The share of requests that failed with a status from 500 on. */
  public static errorRate(limit: RateLimit): Criterion {
    const what = 'Criterion.errorRate';
    one(what, 'below', limit.below, limit.timesBaseline);
    const below = limit.below === undefined ? undefined : requireNumber(what, 'below', limit.below, 0, 1);
    return new Criterion('error-rate', below, relative(what, limit.timesBaseline));
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
    if (!/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(metric)) {
      throw new Error(
        `${what}: metric is ${JSON.stringify(metric)}; expected the name of a metric; fix: look it up in iter8's ConfigMap iter8config-metrics`,
      );
    }
    if (!reward || absolute !== undefined || timesBaseline !== undefined) {
      one(what, 'absolute', absolute, timesBaseline);
    }
    return new Criterion(
      metric,
      absolute && requireNumber(what, 'absolute', absolute, -Number.MAX_VALUE, Number.MAX_VALUE),
      relative(what, timesBaseline),
      reward,
    );
  }

  private constructor(
    /** The metric: one of ours, or the name of a custom one. @internal */
    public readonly _metric: string,
    /** @internal */
    public readonly _absolute?: number,
    /** @internal */
    public readonly _timesBaseline?: number,
    /** @internal */
    public readonly _reward: boolean = false,
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
  return value === undefined ? undefined : requireNumber(what, name, value, Number.MIN_VALUE, Number.MAX_VALUE);
}

function relative(what: string, value: number | undefined): number | undefined {
  return positive(what, 'timesBaseline', value);
}
