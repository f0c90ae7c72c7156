/** How a run of a canary pipeline ended. docs/verdicts.md has all cases. */
export enum Verdict {
  /** The candidate has all the traffic. */
  WINNER = 'winner',
  /** The candidate did not meet the criteria; the baseline has all the traffic. */
  BASELINE = 'baseline',
  /** Nothing was decided: too little traffic, no criteria, both versions were to be kept, or a person did not decide. */
  INCONCLUSIVE = 'inconclusive',
  /** The experiment did not take place, or was ended by a person, a failed task or a newer run. */
  ABORTED = 'aborted',
  /** The experiment did not end in time. */
  TIMEOUT = 'timeout',
}
