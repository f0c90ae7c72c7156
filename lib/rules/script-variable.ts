import type { TaskModel } from './model';
import type { Problem } from './problem';
import { referencesIn } from './reference';

const TEKTON = new Set([
  'artifacts',
  'context',
  'credentials',
  'inputs',
  'outputs',
  'params',
  'results',
  'step',
  'steps',
  'tasks',
  'workspaces',
]);

/**
 * No Tekton variable inside a script: Tekton pastes the value into the text before the shell reads it, so a value can
 * be a command. (`docs/variables.md` of tektoncd/pipeline v1.15 leaves the quoting to the author.) What Tekton does not
 * read, such as `$(params)`, is for the shell.
 */
export function scriptVariable(task: TaskModel): Problem[] {
  return task.steps.flatMap((step) => {
    const variables = referencesIn(step.script ?? '').filter(
      ({ root, path, literal }) => TEKTON.has(root) && path.length > 0 && !literal,
    );
    return [...new Set(variables.map((reference) => reference.text))].map((text) => ({
      code: 'script-variable',
      path: task.path,
      found: `${text} in the script of ${step.kind} ${step.name}`,
      expected: 'scripts that get their values from environment variables, because Tekton does not quote them',
      fix: `add env { NAME: '${text}' } to the ${step.kind} and write "$NAME" in the script`,
    }));
  });
}
