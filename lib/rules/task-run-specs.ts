import type { PipelineRunModel } from './model';
import { choice, type Problem } from './problem';

/**
 * What is said about single tasks of a run names tasks of its Pipeline, and gives none more time than there is for all.
 * Tekton compares with the time of the tasks even for one under `finally`. (`validateTaskRunSpecTimeout` in
 * `pkg/apis/pipeline/v1/pipelinerun_validation.go` of tektoncd/pipeline v1.15.)
 */
export function taskRunSpecs(run: PipelineRunModel): Problem[] {
  const names = run.pipeline?.tasks.map(({ name }) => name);
  // Tekton fills in an hour where nothing is written.
  const limit = run.timeouts.tasks ?? run.timeouts.pipeline ?? 3600;
  return run.taskRunSpecs.flatMap(({ name, seconds = 0 }) => {
    const problem = (found: string, rest: Pick<Problem, 'expected' | 'fix'>): Problem => {
      return { code: 'task-run-specs', path: run.path, found, ...rest };
    };
    const unknown =
      names && !names.includes(name)
        ? [
            problem(
              `taskRunSpecs for the task "${name}", which Pipeline ${run.pipeline?.name} does not have`,
              choice(name, names, 'task'),
            ),
          ]
        : [];
    const late =
      limit > 0 && seconds > limit
        ? [
            problem(`a timeout of ${seconds} s in taskRunSpecs for task ${name}`, {
              expected: `at most the ${limit} s that all tasks have`,
              fix: 'lower it, or raise timeout and tasksTimeout',
            }),
          ]
        : [];
    return [...unknown, ...late];
  });
}
