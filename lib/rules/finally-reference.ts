import type { PipelineModel } from './model';
import type { Problem } from './problem';

/**
 * What Tekton allows in `tasks` and in `finally` only: the status of a task can be used in `finally` alone, the results
 * of a `finally` task in the pipeline's results alone, and `finally` tasks have no order.
 * (`pkg/apis/pipeline/v1/pipeline_validation.go` of tektoncd/pipeline v1.15.)
 */
export function finallyReference(pipeline: PipelineModel): Problem[] {
  const problems: Problem[] = [];
  const final = new Set(pipeline.tasks.filter((task) => task.final).map((task) => task.name));
  for (const task of pipeline.tasks) {
    const problem = (found: string, expected: string, fix: string) => {
      problems.push({ code: 'finally-reference', path: task.path, found, expected, fix });
    };
    for (const { where, references } of task.texts) {
      for (const { root, path, text, literal } of references) {
        const [first, second] = path;
        if (literal) {
          continue;
        }
        if (root === 'finally' || (root === 'tasks' && final.has(first))) {
          problem(
            `${where} uses ${text}`,
            'results of finally tasks in the results of the pipeline only, because finally tasks run at the same time',
            'move the step that needs it into the same task',
          );
          continue;
        }
        const status = second === 'status' || second === 'reason' || (first === 'status' && second === undefined);
        if (root === 'tasks' && status && !task.final) {
          problem(`${where} uses ${text}`, 'the status of a task in finally tasks only', 'use addFinally');
        }
      }
    }
    if (task.final && task.runAfter.length > 0) {
      problem('runAfter in a finally task', 'no order, because finally tasks run at the same time', 'remove it');
    }
    for (const name of task.final ? [] : task.runAfter.filter((each) => final.has(each))) {
      problem(
        `runAfter names the task "${name}", which is under finally`,
        'tasks that are not under finally, because those run last',
        'remove it, or add the task with addFinally',
      );
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
