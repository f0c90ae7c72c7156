import type { PipelineRunModel } from './model';
import type { Problem } from './problem';

/**
 * The times of a run have to fit: the pipeline's has to hold those of the tasks and of `finally`, or Tekton refuses the
 * run; and when the pipeline's is over, `finally` gets no chance at all. 0 means no limit.
 * (`pkg/apis/pipeline/v1/pipelinerun_validation.go` of tektoncd/pipeline v1.15.)
 */
export function runTimeouts(run: PipelineRunModel): Problem[] {
  const { pipeline, tasks, finally: last } = run.timeouts;
  const problem = (expected: string, fix: string): Problem[] => {
    const found = `timeouts of ${pipeline} s for the pipeline, ${tasks ?? 0} s for its tasks and ${last ?? 0} s for finally`;
    return [{ code: 'run-timeouts', path: run.path, found, expected, fix }];
  };
  if (pipeline === undefined) {
    return [];
  }
  const parts = (tasks ?? 0) + (last ?? 0);
  if (pipeline === 0) {
    // Tekton compares the sum with 0 as it stands.
    return tasks === undefined || last === undefined || parts === 0
      ? []
      : problem(
          'no more than one limit for a part when the pipeline has none',
          'remove tasksTimeout or finallyTimeout',
        );
  }
  if (tasks === 0 || last === 0) {
    return problem('a limit for each part, because the pipeline has one', 'raise the part that is 0, or leave it out');
  }
  if (pipeline < parts || (tasks === undefined && pipeline === last)) {
    const least = tasks === undefined ? `more than ${parts}` : `at least ${parts}`;
    return problem(`${least} s for the pipeline`, 'raise timeout, or lower tasksTimeout or finallyTimeout');
  }
  return [];
}
