import type { ContainerModel, StepModel, TaskModel } from './model';
import { choice, type Finding, type Problem } from './problem';
import { isVariable } from './values';
import { among, type Check, inParams, inWorkspaces, misspelt, problems, TASK_CONTEXT, unread } from './variables';

const ROOTS = ['artifacts', 'context', 'credentials', 'params', 'results', 'step', 'steps', 'workspaces'];
const STEP_PARTS = ['exitCode', 'inputs', 'outputs', 'results'];
const WORKSPACE_PARTS = ['bound', 'claim', 'path', 'volume'];

/** Results and exit codes of steps. Exit codes are written with the container's name, which is the step's after "step-". */
function inSteps(task: TaskModel, [first, second = '', third = '']: readonly string[]): Finding | undefined {
  const steps = task.steps.filter(({ kind }) => kind === 'step');
  const names = steps.map(({ name }) => name);
  const step = steps.find(({ name }) => name === first || `step-${name}` === first);
  if (!step) {
    return among(first, names, 'step');
  }
  const right = second === 'exitCode' ? `step-${step.name}` : step.name;
  if (first !== right || (second === 'exitCode' && third !== 'path')) {
    return unread(`$(steps.${right}.${second}.${second === 'exitCode' ? 'path' : third})`);
  }
  return second === 'results'
    ? among(
        third,
        step.results.map((result) => result.name),
        'result',
        ` of step ${first}`,
      )
    : among(second, STEP_PARTS, 'part', ` of step ${first}`);
}

function taskCheck(task: TaskModel, step?: StepModel): Check {
  const results = task.results.map((result) => result.name);
  return ({ root, path, literal }) => {
    const [first = '', second = ''] = path;
    if (literal) {
      return ROOTS.includes(root) ? unread(literal.plain) : undefined;
    }
    if (path.length === 0) {
      // $(NAME) in a command, args or env is Kubernetes' own syntax for an environment variable.
      return undefined;
    }
    switch (root) {
      case 'params':
        return inParams(task.params, path);
      case 'inputs':
        return first === 'params' ? inParams(task.params, path.slice(1)) : among(root, ROOTS, 'variable');
      case 'results':
        return among(first, results, 'result') ?? among(second, ['path'], 'part', ` of result ${first}`);
      case 'workspaces':
        return inWorkspaces(task.workspaces, WORKSPACE_PARTS, path);
      case 'context':
        return among(path.join('.'), TASK_CONTEXT, 'context variable');
      case 'step': {
        const own = step?.results.map((result) => result.name) ?? [];
        return first === 'results' ? among(second, own, 'step result') : undefined;
      }
      case 'steps':
        return inSteps(task, path);
      case 'artifacts':
      case 'credentials':
        return among(path.join('.'), ['path'], 'part', ` of ${root}`);
      case 'finally':
      case 'outputs':
      case 'tasks':
        return among(root, ROOTS, 'variable');
      default:
        return misspelt(root, ROOTS) ? among(root, ROOTS, 'variable') : undefined;
    }
  };
}

/** A pod that mounts a volume which it does not have is never made. */
function undefinedVolumes(task: TaskModel, { what, mounts }: ContainerModel): Problem[] {
  return mounts
    .filter(({ name }) => !isVariable(name) && !task.volumes.includes(name))
    .map(({ name }) => ({
      code: 'undefined-reference',
      path: task.path,
      found: `${what} mounts the volume "${name}", which the Task does not have`,
      ...choice(name, task.volumes, 'volume'),
    }));
}

/** Every variable in a Task names a param, result, workspace, step or context value that exists. */
export function taskUndefinedReference(task: TaskModel): Problem[] {
  const check = taskCheck(task);
  const template = task.stepTemplate ? [task.stepTemplate] : [];
  return [
    ...task.steps.flatMap((step) => problems(task.path, step.texts, taskCheck(task, step))),
    ...task.results.flatMap(({ value }) => problems(task.path, value ? [value] : [], check)),
    ...problems(task.path, task.texts, check),
    ...template.flatMap(({ texts }) => problems(task.path, texts, check)),
    ...[...task.steps, ...template].flatMap((container) => undefinedVolumes(task, container)),
  ];
}
