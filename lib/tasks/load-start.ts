/** When the load of a canary pipeline begins. */
export enum LoadStart {
  /** When the candidate is ready, beside the wait for the verdict. No request is sent in vain. */
  AFTER_DEPLOY = 'afterDeploy',
  /** When the experiment holds all traffic on the baseline, beside the deployment. */
  AFTER_EXPERIMENT = 'afterExperiment',
  /**
   * When the image is built, beside the experiment and the deployment. Requests are sent as well while the run waits for
   * others of the service, and when it turns out that there is nothing to compare.
   */
  AFTER_BUILD = 'afterBuild',
}
