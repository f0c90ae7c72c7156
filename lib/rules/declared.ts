import type { ParamModel, ParamType, PipelineModel, ResultModel, TaskModel } from './model';
import type { Reference } from './reference';

/** What a variable stands for: a param, or a result of a task or step. */
export interface Declared {
  /** As a reader would name it: "param image". */
  readonly what: string;
  readonly type: ParamType;
  /** The keys of an object. */
  readonly keys?: readonly string[];
  /** The variable for the whole, without what selects a part: `params.image`. */
  readonly stem: string;
  /** The parts of the variable that follow it: a key. */
  readonly rest: readonly string[];
}

function inParams(params: readonly ParamModel[], root: string, [name, ...rest]: readonly string[]): Declared[] {
  const stem = name?.includes('.') ? `${root}["${name}"]` : `${root}.${name}`;
  return params
    .filter((param) => param.name === name)
    .map(({ type, keys }) => ({ what: `param ${name}`, type, keys, stem, rest }));
}

function inResults(results: readonly ResultModel[], root: string, path: readonly string[], isMany = false): Declared[] {
  const [owner, , name, ...rest] = path;
  const stem = `${root}.${owner}.results.${name}`;
  return results
    .filter((result) => result.name === name)
    .map(({ type, keys }) => ({ what: `result ${owner}.${name}`, type: isMany ? 'array' : type, keys, stem, rest }));
}

/** What a variable in a Task stands for, if it is a param or the result of a step, and there is one. */
export function declaredInTask(task: TaskModel, { root, path, literal }: Reference): Declared | undefined {
  if (literal) {
    return undefined;
  }
  if (root === 'steps' && path[1] === 'results') {
    const step = task.steps.find(({ kind, name }) => kind === 'step' && name === path[0]);
    return inResults(step?.results ?? [], root, path)[0];
  }
  if (root === 'inputs' && path[0] === 'params') {
    return inParams(task.params, 'inputs.params', path.slice(1))[0];
  }
  return root === 'params' ? inParams(task.params, root, path)[0] : undefined;
}

/** What a variable in a Pipeline stands for, if it is a param or the result of a task, and its type is known. */
export function declaredInPipeline(
  pipeline: PipelineModel,
  { root, path, index, literal }: Reference,
): Declared | undefined {
  if (literal) {
    return undefined;
  }
  if ((root === 'tasks' || root === 'finally') && path[1] === 'results') {
    const task = pipeline.tasks.find(({ name, final }) => name === path[0] && final === (root === 'finally'));
    // Of a task with a matrix each run has its own; that one alone can't be used is another rule's.
    const results = task?.hasMatrix && index !== '*' ? [] : (task?.task?.results ?? []);
    return inResults(results, root, path, task?.hasMatrix)[0];
  }
  return root === 'params' ? inParams(pipeline.params, root, path)[0] : undefined;
}
