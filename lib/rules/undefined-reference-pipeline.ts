import type { PipelineModel, PipelineRunModel, PipelineTaskModel } from './model';
import { choice, type Finding, type Problem } from './problem';
import type { Reference } from './reference';
import { among, type Check, inParams, inWorkspaces, misspelt, problems, TASK_CONTEXT, unread } from './variables';

const ROOTS = ['params', 'tasks', 'finally', 'context', 'workspaces', 'results'];
const CONTEXT = [
  'pipeline.name',
  'pipelineRun.name',
  'pipelineRun.namespace',
  'pipelineRun.uid',
  'pipelineTask.retries',
];
const TASK_PARTS = ['inputs', 'matrix', 'outputs', 'reason', 'results', 'status'];

/** A task, and its result. */
function inTasks(
  { root, path, index }: Reference,
  tasks: readonly PipelineTaskModel[],
  others: readonly PipelineTaskModel[],
): Finding | undefined {
  const [name, kind = '', result] = path;
  const task = tasks.find((candidate) => candidate.name === name);
  if (!task) {
    const brackets = index === undefined ? '' : `[${index}]`;
    const other = root === 'tasks' ? 'finally' : 'tasks';
    const names = tasks.map((candidate) => candidate.name);
    return others.some((candidate) => candidate.name === name)
      ? {
          found: `but task ${name} is ${root === 'tasks' ? '' : 'not '}under finally`,
          expected: `$(${other}.${path.join('.')}${brackets})`,
          fix: `write $(${other}.${path.join('.')}${brackets})`,
        }
      : among(name, names, 'task');
  }
  if (kind === 'matrix' && !task.hasMatrix) {
    const fix = `give task ${name} a matrix, or leave this out`;
    return { found: `but task ${name} has no matrix`, expected: 'a task with a matrix', fix };
  }
  if (kind !== 'results') {
    return among(kind, TASK_PARTS, 'part', ` of task ${name}`);
  }
  if (result === undefined) {
    return unread(`$(tasks.${name}.results.RESULT)`);
  }
  const key = path[3];
  // A Task that is defined elsewhere may have any result, but none has keys of keys.
  const declared = task.task?.results.find((candidate) => candidate.name === result);
  if (!task.task && path.length > 4) {
    return unread(`$(${root}.${name}.results.${result}.${key})`);
  }
  if (!task.task || declared) {
    return declared?.keys && key !== undefined ? among(key, declared.keys, 'key', ` of result ${result}`) : undefined;
  }
  const names = task.task.results.map((candidate) => candidate.name);
  return among(result, names, 'result', ` of task ${name}`);
}

function pipelineCheck(pipeline: PipelineModel, isResult = false): Check {
  const regular = pipeline.tasks.filter((task) => !task.final);
  const final = pipeline.tasks.filter((task) => task.final);
  return (reference, { place }) => {
    const { root, path, index, literal, text } = reference;
    const [first, second] = path;
    if (!ROOTS.includes(root)) {
      // Tekton refuses what could be a variable; the rest is left to the Task that gets it.
      const like = !literal && /^\$\([_a-zA-Z0-9.-]+(\[([0-9]+|\*)\])?\)$/.test(text);
      return like || misspelt(root, ROOTS) ? among(root, ROOTS, 'variable') : undefined;
    }
    if (literal || first === undefined) {
      return unread(literal?.plain);
    }
    if (index === '*' && /["']/.test(text) && (place === 'value' || place === 'list')) {
      // Of a name in quotes Tekton makes several items of a list, and no list.
      // (`exactVariableSubstitutionFormat` in `pkg/apis/pipeline/v1/resultref.go` of tektoncd/pipeline v1.15.)
      return {
        found: 'which Tekton leaves as it is',
        expected: `['${text}']`,
        fix: 'write it as the only item of a list',
      };
    }
    switch (root) {
      case 'params':
        return inParams(pipeline.params, path);
      case 'workspaces':
        return inWorkspaces(pipeline.workspaces, ['bound'], path);
      case 'context': {
        const name = path.join('.');
        // What a Task knows of its run is put into its params when it has got them.
        const later = place !== 'fixed' && place !== 'values' && TASK_CONTEXT.includes(name);
        return later ? undefined : among(name, CONTEXT, 'context variable');
      }
      case 'tasks': {
        const status = first === 'status' && second === undefined;
        const underFinally = !isResult && final.some(({ name }) => name === first);
        // That finally tasks run at the same time as the others is another rule's.
        return status || underFinally ? undefined : inTasks(reference, regular, final);
      }
      case 'finally':
        return inTasks(reference, final, regular);
      default:
        // `results` is a root as well, but only tasks embedded in a PipelineRun have something to put there.
        return undefined;
    }
  };
}

/** Every variable in a Pipeline names a param, workspace, task, result or context value that exists. */
export function pipelineUndefinedReference(pipeline: PipelineModel): Problem[] {
  const check = pipelineCheck(pipeline);
  return [
    ...pipeline.tasks.flatMap((task) => problems(task.path, task.texts, check)),
    ...pipeline.results.flatMap(({ texts }) => problems(pipeline.path, texts, pipelineCheck(pipeline, true))),
    ...pipeline.tasks.flatMap((task) => {
      const names = pipeline.tasks.map((other) => other.name);
      const others = pipeline.tasks.filter((other) => !other.final && other !== task).map((other) => other.name);
      return task.runAfter
        .filter((name) => !names.includes(name))
        .map((name) => ({
          code: 'undefined-reference',
          path: task.path,
          found: `runAfter names the task "${name}", which this pipeline does not have`,
          ...choice(name, others, 'task'),
        }));
    }),
  ];
}

/**
 * Tekton puts only values that the run gives, and results, into the volumes of its workspaces; params of the Tasks are put
 * in later, when a Task gets them. (`ApplyParametersToWorkspaceBindings` in `pkg/reconciler/pipelinerun/resources/apply.go` of
 * tektoncd/pipeline v1.15.)
 */
export function runUndefinedReference(run: PipelineRunModel): Problem[] {
  const { pipeline } = run;
  if (!pipeline) {
    return [];
  }
  const given = [
    ...run.params.map(({ name }) => name),
    ...pipeline.tasks.flatMap(({ params }) => params.map(({ name }) => name)),
  ];
  const inPipeline = pipelineCheck(pipeline);
  return problems(run.path, run.texts, (reference, text) => {
    const { root, path, literal } = reference;
    if (literal || root === 'tasks') {
      return inPipeline(reference, text);
    }
    if (root !== 'params') {
      return among(root, ['params', 'tasks'], 'variable');
    }
    return given.includes(path[0])
      ? undefined
      : (inParams(pipeline.params, path) ?? {
          found: 'but the run gives it no value',
          expected: 'a value in params, because Tekton puts no default into volumes',
          fix: `add ${path[0]} to params`,
        });
  });
}
