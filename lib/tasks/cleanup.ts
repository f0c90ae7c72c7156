/**
 * What happens in the end to the version that lost: the candidate, or the baseline where the candidate won. All of it only
 * when the version has had no traffic for a while and the other one has all. Not iter8's own `cleanup`, which pipelines
 * leave off: it deletes the routing as well.
 */
export enum Cleanup {
  /** Its Deployment is deleted. */
  DELETE = 'delete',
  /** It stays as it is. One that does not run is scaled to zero: iter8 begins no experiment while a pod is not ready. */
  KEEP = 'keep',
  /** Its Deployment stays, without pods. */
  SCALE_TO_ZERO = 'scaleToZero',
}
