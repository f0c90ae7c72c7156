import { Duration } from 'cdk8s';
import { requireDuration, secondsOf } from '../rules/values';
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
  /**
   * Pod settings, in Kubernetes' and Tekton's own fields: `{ securityContext: { fsGroup: 65534 } }`.
   * @default - the run's
   */
  readonly podTemplate?: { readonly [field: string]: any };
}

/** Whole seconds, none of which are lost. @internal */
export function wholeSeconds(path: string, what: string, duration: Duration): number {
  return Math.ceil(secondsOf(requireDuration(path, what, duration)));
}

/** How long the experiment may take in seconds: as given, else what is known of it, else half an hour. @internal */
export function experimentSeconds(path: string, given: Duration | undefined, known: number = 1800): number {
  return given ? wholeSeconds(path, 'deadline', given) : known;
}

/** What all uses have in common, with how long the task takes where nothing else was given. @internal */
export function useProps(path: string, inputs: PipelineTaskInputs, seconds: number) {
  const { runAfter, timeout, serviceAccountName, podTemplate } = inputs;
  return {
    runAfter,
    timeout: Duration.seconds(timeout === undefined ? seconds : wholeSeconds(path, 'timeout', timeout)),
    serviceAccountName,
    podTemplate,
  };
}
