import type { Duration } from 'cdk8s';
import type { PipelineRunSpecTaskRunSpecs } from '../../imports/tekton.dev';
import { goDuration, requireSubdomain } from '../rules/values';
import { type ComputeResources, requireComputeResources } from './compute-resources';

/** Labels and annotations. */
export interface TaskRunMetadata {
  /**
   * Labels. A Service's selector could match them.
   * @default - none
   */
  readonly labels?: { readonly [name: string]: string };
  /**
   * Annotations.
   * @default - none
   */
  readonly annotations?: { readonly [name: string]: string };
}

/** What a PipelineRun says about a single task. */
export interface TaskRunSpec {
  /**
   * Name of the service account that the task runs as.
   * @default - the task's own, or the run's
   */
  readonly serviceAccountName?: string;
  /**
   * How long one try may take. It goes before the task's own timeout.
   * @default - the task's
   */
  readonly timeout?: Duration;
  /**
   * Compute resources of the whole pod, which its steps share.
   * @default - those of the steps
   */
  readonly computeResources?: ComputeResources;
  /**
   * More about its pod, in Tekton's fields: `{ nodeSelector: { … } }`.
   * @default - the run's
   */
  readonly podTemplate?: { readonly [field: string]: any };
  /**
   * Labels and annotations of its TaskRun and pod.
   * @default - the run's
   */
  readonly metadata?: TaskRunMetadata;
}

/** @internal */
export function requireTaskRunSpec(path: string, task: string, spec: TaskRunSpec): void {
  if (spec.serviceAccountName !== undefined) {
    requireSubdomain(path, `serviceAccountName for task ${task}`, spec.serviceAccountName);
  }
  requireComputeResources(path, `task ${task}`, spec.computeResources);
}

/** @internal */
export function renderTaskRunSpec(task: string, spec: TaskRunSpec): PipelineRunSpecTaskRunSpecs {
  const { serviceAccountName, timeout, computeResources, podTemplate, metadata } = spec;
  return {
    pipelineTaskName: task,
    serviceAccountName,
    timeout: timeout && goDuration(timeout),
    computeResources: computeResources as PipelineRunSpecTaskRunSpecs['computeResources'],
    podTemplate,
    metadata,
  };
}
