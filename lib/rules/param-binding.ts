import type { BoundParam, ParamModel, PipelineModel, PipelineRunModel } from './model';
import { choice, type Problem } from './problem';

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
            fix: param.type === 'array' ? 'write it as a list' : `give it as ${param.type}, or change the param's type`,
          },
        ];
  });
  return [...missing, ...unknown, ...mismatched];
}

/** The params of the Tasks in a Pipeline. */
export function pipelineParamBinding(pipeline: PipelineModel): Problem[] {
  return pipeline.tasks.flatMap((task) => {
    // A whole array or object can be handed on by one variable, which is a string here.
    const declared = task.task?.params ?? [];
    const bound = task.params.map((value) => {
      const param = declared.find((candidate) => candidate.name === value.name);
      return value.whole && param ? { ...value, type: param.type } : value;
    });
    return task.task ? binding(task.path, bound, declared, `Task ${task.task.name}`) : [];
  });
}

/** The params of a Pipeline in a PipelineRun. */
export function runParamBinding(run: PipelineRunModel): Problem[] {
  return run.pipeline ? binding(run.path, run.params, run.pipeline.params, `Pipeline ${run.pipeline.name}`) : [];
}
