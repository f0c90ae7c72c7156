import type { PipelineModel, PipelineRunModel } from './model';
import type { Problem } from './problem';

/** `taskRef.name` and `pipelineRef.name` look in the run's own namespace only. */
export function taskNamespace(pipeline: PipelineModel): Problem[] {
  return pipeline.tasks
    .filter(({ task }) => task && task.namespace !== pipeline.namespace)
    .map(({ path, task }) => ({
      code: 'task-namespace',
      path,
      found: `Task ${task?.name} in namespace ${task?.namespace ?? '(none)'}, used from ${pipeline.namespace ?? '(none)'}`,
      expected: 'a Task in the namespace of the Pipeline, because Tekton looks nowhere else',
      fix: 'put both in one namespace, or use Task.fromResolver(Resolver.cluster(…))',
    }));
}

/** The same for the Pipeline of a PipelineRun. */
export function runNamespace(run: PipelineRunModel): Problem[] {
  return !run.pipeline || run.pipeline.namespace === run.namespace
    ? []
    : [
        {
          code: 'task-namespace',
          path: run.path,
          found: `Pipeline ${run.pipeline.name} in namespace ${run.pipeline.namespace ?? '(none)'}, run in ${run.namespace ?? '(none)'}`,
          expected: 'a Pipeline in the namespace of the PipelineRun, because Tekton looks nowhere else',
          fix: 'put both in one namespace',
        },
      ];
}
