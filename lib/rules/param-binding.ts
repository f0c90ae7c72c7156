import { declaredInPipeline } from './declared';
import type { BoundParam, ParamModel, ParamType, PipelineModel, PipelineRunModel, PipelineTaskModel } from './model';
import { choice, type Finding, type Problem } from './problem';
import { isWhole } from './reference';
import { misuse } from './variable-type';

const AS_LIST = 'write it as a list, or as one variable that ends in [*]';

/** Keys that a map has too few or too many of; the default has values for those that are left out. */
function keyFindings(param: ParamModel, value: BoundParam | undefined, of: string): Finding[] {
  const { keys, name, defaultKeys = [] } = param;
  const given = value ? value.keys : [];
  if (!keys || !given) {
    return [];
  }
  const missing = keys
    .filter((key) => !given.includes(key) && !defaultKeys.includes(key))
    .map((key) => ({
      found: `no value for the key "${key}" of the param "${name}" of ${of}`,
      expected: `a value for each of the keys: ${[...keys].join(', ')}`,
      fix: `add ${key} to the value of ${name}`,
    }));
  // A whole object that is handed on may have more keys than are used.
  const unknown = (value?.text ? [] : given)
    .filter((key) => !keys.includes(key))
    .map((key) => ({
      found: `a value for "${key}", which is no key of the param "${name}" of ${of}`,
      ...choice(key, keys, 'key'),
    }));
  return [...missing, ...unknown];
}

/** Every param without a default gets a value, no value goes to a param that is not there, and the types agree. */
function binding(bound: readonly BoundParam[], declared: readonly ParamModel[], of: string): Finding[] {
  const unbound = declared.filter((param) => !bound.some((value) => value.name === param.name));
  const required = unbound.filter((param) => param.required);
  const names = declared.map((param) => param.name);
  const missing = required.map((param) => ({
    found: `no value for the param "${param.name}" of ${of}`,
    expected: `a value of type ${param.type}, because the param has no default`,
    fix: `add ${param.name} to params`,
  }));
  const unknown = bound
    .filter((value) => !names.includes(value.name))
    .map((value) => ({
      found: `a value for "${value.name}", which is no param of ${of}`,
      ...choice(
        value.name,
        names,
        'param',
        '',
        required.map((param) => param.name),
      ),
    }));
  const misfits = bound.flatMap((value) => {
    const param = declared.find((candidate) => candidate.name === value.name);
    if (!param || param.type === value.type) {
      return param ? keyFindings(param, value, of) : [];
    }
    return [
      {
        found: `a value of type ${value.type} for the param "${value.name}" of ${of}`,
        expected: `a value of type ${param.type}`,
        fix: param.type === 'array' ? AS_LIST : `give it as ${param.type}, or change the param's type`,
      },
    ];
  });
  const incomplete = unbound.filter((param) => !param.required).flatMap((param) => keyFindings(param, undefined, of));
  return [...missing, ...incomplete, ...unknown, ...misfits];
}

function asProblems(path: string, findings: readonly Finding[]): Problem[] {
  return findings.map((finding) => ({ code: 'param-binding', path, ...finding }));
}

/** A value that hands on a whole array or object has its type, and its keys. */
function resolved(pipeline: PipelineModel, value: BoundParam, wanted: ParamType | undefined): BoundParam {
  const { text } = value;
  if (!text) {
    return value;
  }
  const declared = text.references.map((reference) => declaredInPipeline(pipeline, reference));
  const misused = declared.some((each, i) => each && misuse(text, text.references[i], each));
  if (misused) {
    // That is another rule's.
    return { ...value, type: wanted ?? value.type };
  }
  if (!isWhole(text)) {
    return value;
  }
  const [whole] = declared;
  // Of a result that is defined elsewhere, the type is known in the cluster only.
  return whole
    ? { ...value, type: whole.type, keys: whole.keys }
    : { ...value, type: wanted === 'object' ? 'object' : 'array' };
}

/** Tekton takes a param from `params` or from the matrix. (`pkg/apis/pipeline/v1/matrix_types.go`, v1.15.) */
function twice({ params }: PipelineTaskModel): Finding[] {
  const names = params.map((value) => value.name);
  return [...new Set(names.filter((name, i) => names.indexOf(name) !== i))].map((name) => ({
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
      return resolved(pipeline, value, declared.find((param) => param.name === value.name)?.type);
    });
    const findings = task.task ? binding(bound, declared, `Task ${task.task.name}`) : [];
    return asProblems(task.path, [...twice(task), ...findings]);
  });
}

/** The params of a Pipeline in a PipelineRun. */
export function runParamBinding({ path, pipeline, params }: PipelineRunModel): Problem[] {
  return pipeline ? asProblems(path, binding(params, pipeline.params, `Pipeline ${pipeline.name}`)) : [];
}
