/** What a person can want of an experiment in progress. */
export enum Override {
  /** It ends at once, and the baseline gets all the traffic. */
  ROLLBACK = 'rollback',
  /** It ends at once, and the candidate gets all the traffic, if it is ready. */
  ROLLFORWARD = 'rollforward',
  /** It keeps its shares of the traffic until it is resumed, or its deadline is over. */
  PAUSE = 'pause',
  /** It goes on. */
  RESUME = 'resume',
}
