import type { PipelineModel, TaskModel } from './model';
import type { Problem } from './problem';

function repeated(path: string, what: string, names: readonly string[]): Problem[] {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const name of names) {
    // Tekton takes such declarations, but no run that has values for both.
    // (`ValidateParameters` in `pkg/apis/pipeline/v1/taskrun_validation.go`, v1.15.)
    const key = what === 'param' ? name.toLowerCase() : name;
    if (seen.has(key)) {
      twice.add(name);
    }
    seen.add(key);
  }
  return [...twice].map((name) => ({
    code: 'duplicate-name',
    path,
    found: `the ${what} "${name}" more than once`,
    expected: `every ${what} to have a name of its own`,
    fix: `rename or remove one of them`,
  }));
}

/** Names have to be unique: steps, params, results, workspaces and volumes of a Task. */
export function taskDuplicateName(task: TaskModel): Problem[] {
  return [
    ...repeated(
      task.path,
      'param',
      task.params.map((param) => param.name),
    ),
    ...repeated(
      task.path,
      'result',
      task.results.map((result) => result.name),
    ),
    ...repeated(
      task.path,
      'workspace',
      task.workspaces.map((workspace) => workspace.name),
    ),
    ...repeated(task.path, 'volume', task.volumes),
    ...repeated(
      task.path,
      'step',
      task.steps.filter((step) => step.kind === 'step').map((step) => step.name),
    ),
    ...repeated(
      task.path,
      'sidecar',
      task.steps.filter((step) => step.kind === 'sidecar').map((step) => step.name),
    ),
  ];
}

/** Names have to be unique: tasks (`finally` included), params, results and workspaces of a Pipeline. */
export function pipelineDuplicateName(pipeline: PipelineModel): Problem[] {
  return [
    ...repeated(
      pipeline.path,
      'task',
      pipeline.tasks.map((task) => task.name),
    ),
    ...repeated(
      pipeline.path,
      'param',
      pipeline.params.map((param) => param.name),
    ),
    ...repeated(
      pipeline.path,
      'result',
      pipeline.results.map((result) => result.name),
    ),
    ...repeated(
      pipeline.path,
      'workspace',
      pipeline.workspaces.map((workspace) => workspace.name),
    ),
  ];
}
