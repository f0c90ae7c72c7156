import type { TaskModel } from './model';
import type { Problem } from './problem';

/** Tekton refuses a Task without steps, and a step that has a command beside its script. */
export function stepCommand(task: TaskModel): Problem[] {
  const problems = task.steps
    .filter((step) => step.script && step.hasCommand)
    .map((step) => ({
      code: 'step-command',
      path: task.path,
      found: `${step.kind} ${step.name} with both a command and a script`,
      expected: 'one of the two',
      fix: 'remove the command, or the script',
    }));
  if (!task.steps.some((step) => step.kind === 'step')) {
    problems.push({
      code: 'step-command',
      path: task.path,
      found: 'a Task without steps',
      expected: 'at least one step',
      fix: 'add one with addStep',
    });
  }
  return problems;
}
