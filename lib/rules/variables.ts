import type { ParamModel, WorkspaceModel } from './model';
import { choice, type Finding, nearest, type Problem } from './problem';
import type { LocatedText, Reference } from './reference';

/** What variables can lead to, for the rules that look for those that lead to nothing. `docs/variables.md` of tektoncd/pipeline v1.15. */

/** What a Task knows of its run. */
export const TASK_CONTEXT = ['task.name', 'task.retry-count', 'taskRun.name', 'taskRun.namespace', 'taskRun.uid'];

/** What is wrong with a variable. */
export type Check = (reference: Reference, text: LocatedText) => Finding | undefined;

/** A name that has to be one of those that are known. */
export function among(wanted: string, known: readonly string[], what: string, of = ''): Finding | undefined {
  return known.includes(wanted)
    ? undefined
    : { found: `but there is no ${what} "${wanted}"${of}`, ...choice(wanted, known, what, of) };
}

/** A variable that Tekton does not read, and the one that it does. */
export function unread(plain = 'a variable with the name of something, such as $(params.NAME)'): Finding {
  const fix = plain.startsWith('$') ? `write ${plain}` : 'name it, or leave the variable out';
  return { found: 'which Tekton leaves as it is', expected: plain, fix };
}

/** A param, and of an object param one of its keys. */
export function inParams(params: readonly ParamModel[], [name = '', key]: readonly string[]): Finding | undefined {
  const param = params.find((candidate) => candidate.name === name);
  if (!param) {
    const names = params.map((candidate) => candidate.name);
    return among(name, names, 'param');
  }
  return param.keys && key !== undefined ? among(key, param.keys, 'key', ` of param ${name}`) : undefined;
}

/** Tekton leaves a variable with an unknown part as it is, and the step gets it as text. */
export function inWorkspaces(
  workspaces: readonly WorkspaceModel[],
  parts: readonly string[],
  [name, part = '']: readonly string[],
): Finding | undefined {
  const names = workspaces.map((workspace) => workspace.name);
  return among(name, names, 'workspace') ?? among(part, parts, 'part', ` of workspace ${name}`);
}

/** Whether a root that Tekton does not know is one of its own, misspelt; anything else may be an environment variable. */
export function misspelt(root: string, roots: readonly string[]): boolean {
  return root.length > 3 && nearest(root, roots) !== undefined;
}

/** The problems in texts. */
export function problems(path: string, texts: readonly LocatedText[], check: Check): Problem[] {
  return texts.flatMap((text) => {
    return text.references.flatMap((reference) => {
      const finding = check(reference, text);
      if (!finding) {
        return [];
      }
      const { found, ...rest } = finding;
      return [{ code: 'undefined-reference', path, found: `${text.where} uses ${reference.text}, ${found}`, ...rest }];
    });
  });
}
