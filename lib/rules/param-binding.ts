import type { BoundParam, ParamModel, ParamType, PipelineModel, PipelineRunModel, PipelineTaskModel } from './model';
import { choice, type Problem } from './problem';
import { referencesIn } from './reference';

/** Every param without a default gets a value, no value goes to a param that is not there, and the types agree. */
function binding(path: string, bound: readonly BoundParam[], declared: readonly ParamModel[], of: string): Problem[] {
  const missing = declared
    .filter((param) => param.required && !bound.some((value) => value.name === param.name))
    .map((param) => ({
      code: 'param-binding',
      path,
      found: `no value for the param "${param.name}" of ${of}`,
      expected: `a value of type ${param.type}, because the param has no default`,
      fix: `add ${param.name} to params`,
    }));
  const unknown = bound
    .filter((value) => !declared.some((param) => param.name === value.name))
    .map((value) => ({
      code: 'param-binding',
      path,
      found: `a value for "${value.name}", which is no param of ${of}`,
      ...choice(
        value.name,
        declared.map((param) => param.name),
        'param',
      ),
    }));
  const mismatched = bound.flatMap((value) => {
    const param = declared.find((candidate) => candidate.name === value.name);
    return !param || param.type === value.type
      ? []
      : [
          {
            code: 'param-binding',
            path,
            found: `a value of type ${value.type} for the param "${value.name}" of ${of}`,
            expected: `a value of type ${param.type}`,
            fix:
              param.type === 'array'
                ? 'write it as a list, or as one variable that ends in [*]'
                : `give it as ${param.type}, or change the param's type`,
          },
        ];
  });
  return [...missing, ...unknown, ...mismatched];
}

/** What the variable of a whole array or object has for its type; a result's is known in the cluster only. */
function wholeType(variable: string, params: readonly ParamModel[], wanted?: ParamType): ParamType {
  const [{ root, path }] = referencesIn(variable);
  const param = params.find((candidate) => root === 'params' && candidate.name === path[0]);
  return param?.type ?? (wanted === 'object' ? 'object' : 'array');
}

/** Tekton takes a param from `params` or from the matrix. (`pkg/apis/pipeline/v1/matrix_types.go`, v1.15.) */
function twice({ path, params }: PipelineTaskModel): Problem[] {
  const names = params.map((value) => value.name);
  return [...new Set(names.filter((name, i) => names.indexOf(name) !== i))].map((name) => ({
    code: 'param-binding',
    path,
    found: `values for "${name}" in params and in the matrix`,
    expected: 'one of the two',
    fix: `remove ${name} from params, or from the matrix`,
  }));
}

/** The params of the Tasks in a Pipeline. */
export function pipelineParamBinding(pipeline: PipelineModel): Problem[] {
  return pipeline.tasks.flatMap((task) => {
    const declared = task.task?.params ?? [];
    const bound = task.params.map((value) => {
      const wanted = declared.find((param) => param.name === value.name)?.type;
      return value.whole ? { ...value, type: wholeType(value.whole, pipeline.params, wanted) } : value;
    });
    return [...twice(task), ...(task.task ? binding(task.path, bound, declared, `Task ${task.task.name}`) : [])];
  });
}

/** The params of a Pipeline in a PipelineRun. */
export function runParamBinding(run: PipelineRunModel): Problem[] {
  return run.pipeline ? binding(run.path, run.params, run.pipeline.params, `Pipeline ${run.pipeline.name}`) : [];
}
