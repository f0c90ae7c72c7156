import type { ApiObjectMetadata, Duration } from 'cdk8s';
import type { Construct } from 'constructs';
import { refuseChartLabels } from '../rules/chart-labels';
import { refuse } from '../rules/values';
import type { Pipeline } from '../tekton/pipeline';
import { PipelineRun } from '../tekton/pipeline-run';
import type { TaskRunSpec } from '../tekton/task-run-spec';
import type { WorkspaceBinding } from '../tekton/workspace-binding';
import { PARAMS, requireParam } from './param-rules';

/** What a run is made with. */
export interface NewRunProps {
  /**
   * Branch, tag or commit.
   * @default - the source's
   */
  readonly revision?: string;
  /**
   * Values for params of the Pipeline: `repository`, `image`, and those that were added.
   * @default - the Pipeline's
   */
  readonly params?: { readonly [name: string]: any };
  /**
   * Volumes for the Pipeline's workspaces: `stop`, and those that were added.
   * @default - none
   */
  readonly workspaces?: { readonly [name: string]: WorkspaceBinding };
  /**
   * Namespace, labels and annotations. Labels reach the pods of tasks, where a Service's selector could match them.
   * @default - in the Pipeline's namespace
   */
  readonly metadata?: ApiObjectMetadata;
  /**
   * What the name begins with, at most 58 characters; Kubernetes adds five.
   * @default - the Pipeline's name and "-"
   */
  readonly generateName?: string;
  /**
   * How long the whole run may take. When it is over, `finish` gets no chance.
   * @default - what the tasks and finish need together
   */
  readonly timeout?: Duration;
  /**
   * How long the tasks may take before `finish` begins.
   * @default - the longest chain of tasks by their timeouts
   */
  readonly tasksTimeout?: Duration;
  /**
   * How long `finish`, and what else is under `finally`, may take.
   * @default - the longest timeout among them
   */
  readonly finallyTimeout?: Duration;
  /**
   * Name of the service account for tasks that were added and have none of their own.
   * @default - the namespace's default
   */
  readonly serviceAccountName?: string;
  /**
   * More about single tasks, by the task's name in the Pipeline: `{ build: { computeResources: { … } } }`.
   * @default - none
   */
  readonly taskRunSpecs?: { readonly [task: string]: TaskRunSpec };
}

/** Makes a run, with what the steps would refuse refused at once. @internal */
export function newRun(scope: Construct, id: string, pipeline: Pipeline, props: NewRunProps): PipelineRun {
  const { revision, params = {}, metadata, ...rest } = props;
  const path = `${scope.node.path}/${id}`;
  refuseChartLabels(scope, id);
  if (revision !== undefined && params.revision !== undefined) {
    refuse(path, 'revision', revision, `none beside param revision, which is ${params.revision}`, 'remove one of them');
  }
  const values: { readonly [name: string]: any } = { ...params, ...(revision !== undefined && { revision }) };
  for (const param of ['repository', 'revision', 'image'] as const) {
    if (values[param] !== undefined) {
      requireParam(path, param, values[param], PARAMS.build[param]);
    }
  }
  return new PipelineRun(scope, id, {
    ...rest,
    pipeline,
    params: values,
    metadata: { namespace: pipeline.apiObject.metadata.namespace, ...metadata },
  });
}
