/** How iter8 shifts traffic while an experiment runs. */
export class Strategy {
  /** More for the better version, step by step. `check_and_increment` in v1alpha1. */
  public static progressive(): Strategy {
    return new Strategy('progressive');
  }

  /** Traffic for the two best versions. v1alpha2 only. */
  public static top2(): Strategy {
    return new Strategy('top_2');
  }

  /** The same traffic for all versions. v1alpha2 only. */
  public static uniform(): Strategy {
    return new Strategy('uniform');
  }

  /** More for the candidate, whatever the metrics say. v1alpha1 only. */
  public static incrementWithoutCheck(): Strategy {
    return new Strategy('increment_without_check');
  }

  private constructor(
    /** @internal */
    public readonly _name: string,
  ) {}
}

/** Who gets the traffic when an experiment has ended. */
export class OnTermination {
  /** The winner; the baseline where there is none. */
  public static toWinner(): OnTermination {
    return new OnTermination('to_winner');
  }

  /** The baseline, whoever won. */
  public static toBaseline(): OnTermination {
    return new OnTermination('to_baseline');
  }

  /** Both, as it was last. */
  public static keepLast(): OnTermination {
    return new OnTermination('keep_last');
  }

  private constructor(
    /** @internal */
    public readonly _name: string,
  ) {}
}
