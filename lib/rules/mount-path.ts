import type { TaskModel } from './model';
import type { Problem } from './problem';
import { cleanPath } from './values';

/**
 * Every workspace has a folder of its own, in which no step mounts anything else.
 * (`validateDeclaredWorkspaces` in `pkg/apis/pipeline/v1/task_validation.go` of tektoncd/pipeline v1.15.)
 */
export function mountPath(task: TaskModel): Problem[] {
  const taken = new Map<string, { readonly by: string; readonly workspace?: string }>();
  const containers = [
    ...task.steps.filter(({ kind }) => kind === 'step'),
    ...(task.stepTemplate ? [task.stepTemplate] : []),
  ];
  for (const { what, mounts } of containers) {
    for (const mount of mounts) {
      taken.set(cleanPath(mount.mountPath), { by: `${what} mounts the volume ${mount.name}` });
    }
  }
  return task.workspaces.flatMap(({ name, mountPath: given = `/workspace/${name}` }) => {
    const path = cleanPath(given);
    const other = taken.get(path);
    taken.set(path, { by: `workspace ${name} is mounted`, workspace: name });
    // That a workspace is declared twice is another rule's.
    return other === undefined || other.workspace === name
      ? []
      : [
          {
            code: 'mount-path',
            path: task.path,
            found: `workspace ${name} at ${given}, where ${other.by}`,
            expected: 'a folder of its own for each workspace',
            fix: `give ${name} another mountPath`,
          },
        ];
  });
}
