import type { PipelineRunModel } from './model';
import type { Problem } from './problem';

/**
 * No task gets more than one PersistentVolumeClaim: with Tekton's default setting, `coschedule: workspaces`, such a TaskRun
 * fails. (`ValidateOnlyOnePVCIsUsed` in `pkg/workspace/validate.go` of tektoncd/pipeline v1.15.)
 */
export function workspaceClaim(run: PipelineRunModel): Problem[] {
  const claims = new Map(run.workspaces.map(({ name, claim }) => [name, claim]));
  return (run.pipeline?.tasks ?? []).flatMap((task) => {
    const bound = new Map(task.workspaces.map(({ workspace }) => [claims.get(workspace), workspace]));
    bound.delete(undefined);
    return bound.size < 2
      ? []
      : [
          {
            code: 'workspace-claim',
            path: run.path,
            found: `${bound.size} PersistentVolumeClaims for task ${task.name}, in the workspaces ${[...bound.values()].join(', ')}`,
            expected: 'no more than one in a task, because Tekton refuses more unless it is configured otherwise',
            fix: 'bind one claim to all of them, with a subPath for each',
          },
        ];
  });
}
