import type { ContainerModel, TaskModel } from './model';
import type { Problem } from './problem';

/**
 * What one step wrote is known to those after it, and only Tekton's entrypoint can put it in: into `command`, `args` and
 * `env` of steps, and into the Task's results. (`validateStepResultReference` in `pkg/apis/pipeline/v1/container_validation.go` of
 * tektoncd/pipeline v1.15.)
 */
export function stepResult(task: TaskModel): Problem[] {
  const steps = task.steps.filter(({ kind }) => kind === 'step').map(({ name }) => name);
  const order = new Map(steps.map((name, i) => [name, i]));
  const found = (texts: ContainerModel['texts'], position?: number): Problem[] => {
    return texts.flatMap(({ where, place, references }) => {
      return references
        .filter(({ root, path, literal }) => root === 'steps' && path[1] === 'results' && !literal)
        .flatMap(({ text, path: [name] }) => {
          const at = order.get(name);
          const problem = (expected: string, fix: string): Problem[] => [
            { code: 'step-result', path: task.path, found: `${where} uses ${text}`, expected, fix },
          ];
          if (position === undefined || place === 'fixed') {
            return problem(
              'results of steps in command, args and env of later steps only',
              'write the value to a file that both see, or hand it over in env',
            );
          }
          if (at === undefined || at < position) {
            return [];
          }
          const fix =
            at === position ? 'use the value where the step makes it' : `add step ${name} before ${steps[position]}`;
          return problem('results of steps that ran before', fix);
        });
    });
  };
  return [
    ...task.steps.flatMap(({ kind, name, texts }) => found(texts, kind === 'step' ? order.get(name) : undefined)),
    ...found(task.stepTemplate?.texts ?? []),
    ...found(task.texts),
  ];
}
