import type { Duration } from 'cdk8s';
import type { PipelineTask } from '../tekton/pipeline-task';

/** What every use of one of the five tasks can be given. */
export interface PipelineTaskInputs {
  /**
   * Name of the task in the Pipeline.
   * @default - build, experiment, deploy, load or wait
   */
  readonly name?: string;
  /**
   * Tasks to wait for that are not known from what is bound.
   * @default - none
   */
  readonly runAfter?: PipelineTask[];
  /**
   * How long the task may take.
   * @default - what its deadlines add up to, and some minutes; 30 minutes for a build
   */
  readonly timeout?: Duration;
  /**
   * Name of the service account that the task runs as.
   * @default - the run's
   */
  readonly serviceAccountName?: string;
}
