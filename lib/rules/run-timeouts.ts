import type { PipelineRunModel } from './model';
import type { Problem } from './problem';

/**
 * The times of a run have to fit: the pipeline's has to hold those of the tasks and of `finally`, or Tekton refuses the
 * run; and when the pipeline's is over, `finally` gets no chance at all.
 * (`docs/pipelineruns.md` of tektoncd/pipeline v1.15.)
 */
export function runTimeouts(run: PipelineRunModel): Problem[] {
  const { pipeline, tasks, finally: last } = run.timeouts;
  if (pipeline === undefined || pipeline >= (tasks ?? 0) + (last ?? 0)) {
    return [];
  }
  return [
    {
      code: 'run-timeouts',
      path: run.path,
      found: `timeouts of ${pipeline} s for the pipeline, ${tasks ?? 0} s for its tasks and ${last ?? 0} s for finally`,
      expected: `at least ${(tasks ?? 0) + (last ?? 0)} s for the pipeline`,
      fix: 'raise timeout, or lower tasksTimeout or finallyTimeout',
    },
  ];
}
