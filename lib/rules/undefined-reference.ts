import type { ParamModel, PipelineModel, PipelineTaskModel, StepModel, TaskModel, WorkspaceModel } from './model';
import { choice, type Problem } from './problem';
import { type LocatedText, type Reference, referencesIn } from './reference';
import { isVariable } from './values';

/** What is wrong with one variable: the name looked for, those that exist, and what they are. */
interface Unknown {
  readonly wanted: string;
  readonly known: readonly string[];
  readonly what: string;
  /** Of which task or step. */
  readonly of?: string;
}

/** Variables of a Task, by their second part. `docs/variables.md` of tektoncd/pipeline v1.15. */
const TASK_CONTEXT = ['task.name', 'task.retry-count', 'taskRun.name', 'taskRun.namespace', 'taskRun.uid'];
const PIPELINE_CONTEXT = [
  'pipeline.name',
  'pipelineRun.name',
  'pipelineRun.namespace',
  'pipelineRun.uid',
  'pipelineTask.retries',
];
const TASK_PARTS = ['inputs', 'matrix', 'outputs', 'reason', 'results', 'status'];
const WORKSPACE_PARTS = ['bound', 'claim', 'path', 'volume'];
const PIPELINE_ROOTS = ['params', 'tasks', 'finally', 'context', 'workspaces', 'results'];

function among(wanted: string, known: readonly string[], what: string, of?: string): Unknown | undefined {
  return known.includes(wanted) ? undefined : { wanted, known, what, of };
}

/** A param, and of an object param one of its keys. */
function inParams(params: readonly ParamModel[], name: string, key: string): Unknown | undefined {
  const param = params.find((candidate) => candidate.name === name);
  if (!param) {
    const names = params.map((candidate) => candidate.name);
    return { wanted: name, known: names, what: 'param' };
  }
  return param.keys && key !== '' && key !== '*' ? among(key, param.keys, 'key', ` of param ${name}`) : undefined;
}

/** Tekton leaves a variable with an unknown part as it is, and the step gets it as text. */
function inWorkspaces(
  workspaces: readonly WorkspaceModel[],
  parts: readonly string[],
  name: string,
  part: string,
): Unknown | undefined {
  const names = workspaces.map((workspace) => workspace.name);
  return among(name, names, 'workspace') ?? among(part, parts, 'part', ` of workspace ${name}`);
}

function problems(
  path: string,
  texts: readonly LocatedText[],
  check: (reference: Reference) => Unknown | undefined,
): Problem[] {
  return texts.flatMap(({ where, text }) => {
    return referencesIn(text).flatMap((reference) => {
      const unknown = check(reference);
      if (!unknown) {
        return [];
      }
      const { wanted, known, what, of = '' } = unknown;
      const { expected, fix } = choice(wanted, known, what, of);
      const found = `${where} uses ${reference.text}, but there is no ${what} "${wanted}"${of}`;
      return [{ code: 'undefined-reference', path, found, expected, fix }];
    });
  });
}

/** Every variable in a Task names a param, result, workspace, step or context value that exists. */
export function taskUndefinedReference(task: TaskModel): Problem[] {
  const check = (step?: StepModel) => (reference: Reference) => {
    const [first = '', second = '', third = ''] = reference.path;
    switch (reference.root) {
      case 'params':
        return inParams(task.params, first, second);
      case 'results':
        return among(first, task.results, 'result') ?? among(second, ['path'], 'part', ` of result ${first}`);
      case 'workspaces':
        return inWorkspaces(task.workspaces, WORKSPACE_PARTS, first, second);
      case 'context':
        return among(`${first}.${second}`, TASK_CONTEXT, 'context variable');
      case 'step':
        return first === 'results' ? among(second, step?.results ?? [], 'step result') : undefined;
      case 'steps': {
        // Exit codes are written with the container's name, which is the step's with "step-" before it.
        const names = [first, first.replace(/^step-/, '')];
        const named = task.steps.find(({ kind, name }) => kind === 'step' && names.includes(name));
        if (!named) {
          return among(
            first,
            task.steps.filter(({ kind }) => kind === 'step').map(({ name }) => name),
            'step',
          );
        }
        return second === 'results' ? among(third, named.results, 'result', ` of step ${named.name}`) : undefined;
      }
      case 'tasks':
      case 'finally':
        return {
          wanted: reference.root,
          known: ['params', 'results', 'workspaces', 'context', 'steps'],
          what: 'variable',
        };
      default:
        // $(NAME) in a command, args or env is Kubernetes' own syntax for an environment variable.
        return undefined;
    }
  };
  return [
    ...task.steps.flatMap((step) => problems(task.path, step.texts, check(step))),
    ...problems(task.path, task.texts, check()),
    ...undefinedVolumes(task),
  ];
}

/** A pod that mounts a volume which it does not have is never made. */
function undefinedVolumes(task: TaskModel): Problem[] {
  return task.steps.flatMap((step) => {
    return step.volumes
      .filter((name) => !isVariable(name) && !task.volumes.includes(name))
      .map((name) => ({
        code: 'undefined-reference',
        path: task.path,
        found: `${step.kind} ${step.name} mounts the volume "${name}", which the Task does not have`,
        ...choice(name, task.volumes, 'volume'),
      }));
  });
}

function pipelineCheck(pipeline: PipelineModel) {
  const regular = pipeline.tasks.filter((task) => !task.final);
  const final = pipeline.tasks.filter((task) => task.final);
  const inTask = (tasks: readonly PipelineTaskModel[], [name = '', kind, result = '']: readonly string[]) => {
    const task = tasks.find((candidate) => candidate.name === name);
    if (!task) {
      return among(
        name,
        tasks.map((candidate) => candidate.name),
        'task',
      );
    }
    if (kind !== 'results') {
      return among(kind ?? '', TASK_PARTS, 'part', ` of task ${name}`);
    }
    // A Task that is defined elsewhere may have any result.
    return task.task ? among(result, task.task.results, 'result', ` of task ${name}`) : undefined;
  };
  return (reference: Reference): Unknown | undefined => {
    const [first = '', second = ''] = reference.path;
    switch (reference.root) {
      case 'params':
        return inParams(pipeline.params, first, second);
      case 'workspaces':
        return inWorkspaces(pipeline.workspaces, ['bound'], first, second);
      case 'context':
        return among(`${first}.${second}`, PIPELINE_CONTEXT, 'context variable');
      case 'tasks':
        return first === 'status' && second === '' ? undefined : inTask(regular, reference.path);
      case 'finally':
        return inTask(final, reference.path);
      default:
        // `results` is a root as well, but only tasks embedded in a PipelineRun have something to put there.
        return reference.root === 'results'
          ? undefined
          : { wanted: reference.root, known: PIPELINE_ROOTS, what: 'variable' };
    }
  };
}

function usesResult(text: string): boolean {
  return referencesIn(text).some(({ root, path }) => (root === 'tasks' || root === 'finally') && path[1] === 'results');
}

/** Every variable in a Pipeline names a param, workspace, task, result or context value that exists. */
export function pipelineUndefinedReference(pipeline: PipelineModel): Problem[] {
  const check = pipelineCheck(pipeline);
  return [
    ...pipeline.tasks.flatMap((task) => problems(task.path, task.texts, check)),
    ...pipeline.results.flatMap(({ text }) => problems(pipeline.path, [text], check)),
    ...pipeline.results
      .filter(({ text }) => !usesResult(text.text))
      .map(({ text }) => ({
        code: 'undefined-reference',
        path: pipeline.path,
        found: `${text.where} is ${JSON.stringify(text.text)}, which uses no result of a task`,
        expected: 'a variable for the result of a task, because Tekton takes nothing else',
        fix: "take the task's result()",
      })),
    ...pipeline.tasks.flatMap((task) => {
      const others = pipeline.tasks.filter((other) => !other.final && other !== task).map((other) => other.name);
      return task.runAfter
        .filter((name) => !others.includes(name))
        .map((name) => ({
          code: 'undefined-reference',
          path: task.path,
          found: `runAfter names the task "${name}", which this pipeline does not have`,
          ...choice(name, others, 'task'),
        }));
    }),
  ];
}
