import type { PipelineModel } from './model';
import type { Problem } from './problem';
import { referencesIn } from './reference';

/**
 * A task with a matrix has as many results of a name as it has runs, so they can be used in their whole only.
 * (`validateMatrixedPipelineTaskConsumed` in `pkg/apis/pipeline/v1/pipeline_validation.go` of tektoncd/pipeline v1.15.)
 */
export function matrixResult(pipeline: PipelineModel): Problem[] {
  const matrixed = new Set(pipeline.tasks.filter((task) => task.hasMatrix).map((task) => task.name));
  return pipeline.tasks.flatMap((task) => {
    return task.texts.flatMap(({ where, text }) => {
      return referencesIn(text)
        .filter(({ root, path }) => root === 'tasks' && path[1] === 'results' && matrixed.has(path[0]))
        .filter(({ path }) => path[path.length - 1] !== '*')
        .map((reference) => ({
          code: 'matrix-result',
          path: task.path,
          found: `${where} uses ${reference.text}, but task ${reference.path[0]} has a matrix`,
          expected: 'the results of all its runs, as an array',
          fix: `give $(tasks.${reference.path.slice(0, 3).join('.')}[*]) to an array param`,
        }));
    });
  });
}
