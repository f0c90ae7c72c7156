import type { PipelineModel } from './model';
import type { Problem } from './problem';
import type { LocatedText } from './reference';

/**
 * A task with a matrix has as many results of a name as it has runs, so they can be used in their whole only, and have to
 * be strings. (`validateTaskResultsFromMatrixedPipelineTasksConsumed` in `pkg/apis/pipeline/v1/pipeline_validation.go` of
 * tektoncd/pipeline v1.15.)
 */
export function matrixResult(pipeline: PipelineModel): Problem[] {
  const matrixed = new Map(pipeline.tasks.filter((task) => task.hasMatrix).map((task) => [task.name, task]));
  const found = (at: string, texts: readonly LocatedText[]): Problem[] => {
    return texts.flatMap(({ where, references }) => {
      return references.flatMap(({ root, path, index, text, literal }) => {
        const [name, kind, result] = path;
        const task = matrixed.get(name);
        if (!task || literal || kind !== 'results' || result === undefined || !['tasks', 'finally'].includes(root)) {
          return [];
        }
        const problem = (what: string, expected: string, fix: string): Problem[] => [
          { code: 'matrix-result', path: at, found: `${where} uses ${text}, but ${what}`, expected, fix },
        ];
        if (index !== '*') {
          return problem(
            `task ${name} has a matrix`,
            'the results of all its runs, as an array',
            `give $(${root}.${path.slice(0, 3).join('.')}[*]) to an array param`,
          );
        }
        const type = task.task?.results.find((candidate) => candidate.name === result)?.type ?? 'string';
        return type === 'string'
          ? []
          : problem(
              `${result} is an ${type} in each run of task ${name}`,
              'a string from each run of a task with a matrix',
              `declare ${result} as a string`,
            );
      });
    });
  };
  return [
    ...pipeline.tasks.flatMap(({ path, texts }) => found(path, texts)),
    ...pipeline.results.flatMap(({ texts }) => found(pipeline.path, texts)),
  ];
}
