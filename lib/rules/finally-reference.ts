import type { PipelineModel } from './model';
import type { Problem } from './problem';
import { referencesIn } from './reference';

/**
 * What Tekton allows in `tasks` and in `finally` only: the status of a task can be used in `finally` alone, the results
 * of a `finally` task in the pipeline's results alone, and `finally` tasks have no order.
 * (`pkg/apis/pipeline/v1/pipeline_validation.go` of tektoncd/pipeline v1.15.)
 */
export function finallyReference(pipeline: PipelineModel): Problem[] {
  const problems: Problem[] = [];
  for (const task of pipeline.tasks) {
    const problem = (found: string, expected: string, fix: string) => {
      problems.push({ code: 'finally-reference', path: task.path, found, expected, fix });
    };
    for (const { where, text } of task.texts) {
      for (const reference of referencesIn(text)) {
        const [first, second] = reference.path;
        if (reference.root === 'finally') {
          problem(
            `${where} uses ${reference.text}`,
            'results of finally tasks in the results of the pipeline only, because finally tasks run at the same time',
            'move the step that needs it into the same task',
          );
        }
        const status = second === 'status' || second === 'reason' || (first === 'status' && second === undefined);
        if (reference.root === 'tasks' && status && !task.final) {
          problem(`${where} uses ${reference.text}`, 'the status of a task in finally tasks only', 'use addFinally');
        }
      }
    }
    if (task.final && task.runAfter.length > 0) {
      problem('runAfter in a finally task', 'no order, because finally tasks run at the same time', 'remove it');
    }
  }
  if (!pipeline.tasks.some((task) => !task.final)) {
    problems.push({
      code: 'finally-reference',
      path: pipeline.path,
      found: 'a Pipeline without tasks',
      expected: 'at least one task beside those under finally',
      fix: 'add one with addTask',
    });
  }
  return problems;
}
