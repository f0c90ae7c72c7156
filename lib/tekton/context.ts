/**
 * Variables for what Tekton knows of a run. Those of PipelineRuns and Pipelines are for what a Pipeline binds to its tasks;
 * those of TaskRuns and Tasks are for Tasks, and for params that a Pipeline binds.
 * @see https://tekton.dev/docs/pipelines/variables/
 */
export class Context {
  /** Name of the PipelineRun. */
  public static readonly PIPELINE_RUN_NAME = '$(context.pipelineRun.name)';
  /** Namespace of the PipelineRun. */
  public static readonly PIPELINE_RUN_NAMESPACE = '$(context.pipelineRun.namespace)';
  /** Uid of the PipelineRun, of 36 characters: the safe part of a name that has to be unique. */
  public static readonly PIPELINE_RUN_UID = '$(context.pipelineRun.uid)';
  /** Name of the Pipeline. */
  public static readonly PIPELINE_NAME = '$(context.pipeline.name)';
  /** How often the task is tried again. */
  public static readonly PIPELINE_TASK_RETRIES = '$(context.pipelineTask.retries)';
  /** Name of the TaskRun. */
  public static readonly TASK_RUN_NAME = '$(context.taskRun.name)';
  /** Namespace of the TaskRun. */
  public static readonly TASK_RUN_NAMESPACE = '$(context.taskRun.namespace)';
  /** Uid of the TaskRun. */
  public static readonly TASK_RUN_UID = '$(context.taskRun.uid)';
  /** Name of the Task. */
  public static readonly TASK_NAME = '$(context.task.name)';

  private constructor() {}
}
