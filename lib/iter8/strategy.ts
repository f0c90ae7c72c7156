import { refuse, requireName } from '../rules/values';

function ownName(what: string, name: string): string {
  return requireName(what, 'name', name, /^[A-Za-z][A-Za-z0-9_.-]*$/, "a word of iter8's API");
}

/** The word that a version of iter8's API has for a choice. Those of one's own are not translated. */
function wordFor(
  path: string,
  what: string,
  { _name, _custom }: { readonly _name: string; readonly _custom: boolean },
  version: string,
  words: ReadonlyMap<string, string>,
): string {
  return (
    (_custom ? _name : words.get(_name)) ??
    refuse(path, what, _name, `one of ${[...words.keys()].join(', ')} in ${version}`, `use another ${what}`)
  );
}

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

  /** A multi-armed bandit: mostly the better version, now and then any. v1alpha1 only, from iter8 0.0.1 on. */
  public static epsilonGreedy(): Strategy {
    return new Strategy('epsilon_greedy');
  }

  /** By the probability with which a version is the best. v1alpha1 only, from iter8 0.0.1 on. */
  public static posteriorBayesianRouting(): Strategy {
    return new Strategy('posterior_bayesian_routing');
  }

  /** As posteriorBayesianRouting, with more for versions of which little is known. v1alpha1 only, from iter8 0.0.1 on. */
  public static optimisticBayesianRouting(): Strategy {
    return new Strategy('optimistic_bayesian_routing');
  }

  /** Any other, by iter8's own name for it. */
  public static custom(name: string): Strategy {
    return new Strategy(ownName('Strategy.custom', name), true);
  }

  private constructor(
    /** @internal */
    public readonly _name: string,
    /** @internal */
    public readonly _custom: boolean = false,
  ) {}

  /** @internal */
  public _in(path: string, version: string, words: ReadonlyMap<string, string>): string {
    return wordFor(path, 'strategy', this, version, words);
  }
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

  /** Anything else, by iter8's own name for it. */
  public static custom(name: string): OnTermination {
    return new OnTermination(ownName('OnTermination.custom', name), true);
  }

  private constructor(
    /** @internal */
    public readonly _name: string,
    /** @internal */
    public readonly _custom: boolean = false,
  ) {}

  /** @internal */
  public _in(path: string, version: string, words: ReadonlyMap<string, string>): string {
    return wordFor(path, 'onTermination', this, version, words);
  }
}
