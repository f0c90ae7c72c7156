/** How a candidate gets the traffic. */
export enum Rollout {
  /** By an experiment: the criteria decide. */
  CANARY = 'canary',
  /** All of it as soon as all its pods are ready, without an experiment. The live version need not run for that. */
  AT_ONCE = 'at-once',
}
