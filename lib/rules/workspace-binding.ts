import type { PipelineModel, PipelineRunModel } from './model';
import { choice, type Problem } from './problem';

/** Every workspace of a Task that is not optional gets one of the Pipeline's, and only workspaces that exist are named. */
export function pipelineWorkspaceBinding(pipeline: PipelineModel): Problem[] {
  const own = pipeline.workspaces.map((workspace) => workspace.name);
  const optional = pipeline.workspaces.filter((workspace) => workspace.optional).map((workspace) => workspace.name);
  return pipeline.tasks.flatMap((task) => {
    const declared = task.task?.workspaces ?? [];
    const names = declared.map((workspace) => workspace.name);
    const problem = (found: string, rest: { expected: string; fix: string }): Problem => {
      return { code: 'workspace-binding', path: task.path, found, ...rest };
    };
    const missing = declared
      .filter((workspace) => !workspace.optional && !task.workspaces.some((bound) => bound.name === workspace.name))
      .map((workspace) =>
        problem(`no workspace for "${workspace.name}" of Task ${task.task?.name}`, {
          expected: 'a workspace of the pipeline, because it is not optional',
          fix: `add ${workspace.name} to workspaces, with the result of the pipeline's addWorkspace`,
        }),
      );
    const unknown = task.workspaces
      .filter((bound) => task.task && !names.includes(bound.name))
      .map((bound) =>
        problem(
          `the workspace "${bound.name}", which Task ${task.task?.name} does not declare`,
          choice(bound.name, names, 'workspace'),
        ),
      );
    const foreign = task.workspaces
      .filter((bound) => !own.includes(bound.workspace))
      .map((bound) =>
        problem(
          `the workspace "${bound.workspace}" for "${bound.name}", which this pipeline does not declare`,
          choice(bound.workspace, own, 'workspace'),
        ),
      );
    // Tekton refuses every such run, whether or not it binds the workspace (RequiredWorkspaceMarkedOptional).
    const unsure = task.workspaces
      .filter((bound) => optional.includes(bound.workspace))
      .filter((bound) => declared.some((workspace) => workspace.name === bound.name && !workspace.optional))
      .map((bound) =>
        problem(
          `the optional workspace "${bound.workspace}" for "${bound.name}", which Task ${task.task?.name} needs`,
          {
            expected: 'a workspace that is optional in both or in neither',
            fix: `make ${bound.name} optional in the Task, or ${bound.workspace} not optional in the pipeline`,
          },
        ),
      );
    return [...missing, ...unknown, ...foreign, ...unsure];
  });
}

/** Every workspace of a Pipeline that is not optional is bound in its PipelineRun. */
export function runWorkspaceBinding(run: PipelineRunModel): Problem[] {
  const bound = run.workspaces.map((workspace) => workspace.name);
  const declared = run.pipeline?.workspaces ?? [];
  const names = declared.map((workspace) => workspace.name);
  const missing = declared
    .filter((workspace) => !workspace.optional && !bound.includes(workspace.name))
    .map((workspace) => ({
      code: 'workspace-binding',
      path: run.path,
      found: `nothing bound to the workspace "${workspace.name}" of Pipeline ${run.pipeline?.name}`,
      expected: 'a volume, because it is not optional',
      fix: `add ${workspace.name} to workspaces, such as WorkspaceBinding.emptyDir()`,
    }));
  const unknown = bound
    .filter((name) => run.pipeline && !names.includes(name))
    .map((name) => ({
      code: 'workspace-binding',
      path: run.path,
      found: `the workspace "${name}", which Pipeline ${run.pipeline?.name} does not declare`,
      ...choice(name, names, 'workspace'),
    }));
  return [...missing, ...unknown];
}
