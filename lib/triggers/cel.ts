import { refuse, requireName } from '../rules/values';

/** Conditions on an event, as expressions of CEL for the interceptor `cel`. */

const BRANCH = /^(?!.*(\.\.|\/\/))[A-Za-z0-9_]([A-Za-z0-9._/@+#-]{0,253}[A-Za-z0-9_+#-])?$/;
const REPOSITORY = /^https?:\/\/[A-Za-z0-9.-]+(:[0-9]{1,5})?(\/([A-Za-z0-9._~+-]|%[0-9A-Fa-f]{2})+)+$/;

/** Branches, whose names need no quoting wherever they are written. */
export function requireBranches(path: string, branches: readonly string[]): readonly string[] {
  if (!Array.isArray(branches) || branches.length === 0) {
    refuse(path, 'branches', branches, 'a branch at least', "name it, such as ['main']");
  }
  for (const branch of branches) {
    requireName(path, 'a branch', branch, BRANCH, 'a branch: letters, digits and . _ / @ + # -');
  }
  return branches;
}

/** A text that has been found to have neither quotes nor backslashes. */
function literal(text: string): string {
  return `'${text}'`;
}

function oneOf(expression: string, texts: readonly string[]): string {
  return `${expression} in [${texts.map(literal).join(', ')}]`;
}

/** That the repository is one of these, with or without `.git` at its end. */
export function isRepository(path: string, expression: string, repositories: readonly string[]): string {
  const urls = repositories.map((url) => {
    const expected = 'an https or http URL without a password: https://git.example.com/team/service';
    if (typeof url !== 'string' || !REPOSITORY.test(url)) {
      const fix = 'name in repositories the URLs that events have; what is fetched otherwise, in params of run';
      refuse(path, 'a repository', url, expected, fix);
    }
    return url.replace(/\.git$/, '');
  });
  return oneOf(
    expression,
    urls.flatMap((url) => [url, `${url}.git`]),
  );
}

/** That `refs/heads/…` is one of these branches, or else the repository's default branch. */
export function isBranch(path: string, ref: string, defaultBranch: string, branches?: readonly string[]): string {
  return branches === undefined
    ? `${ref} == 'refs/heads/' + ${defaultBranch}`
    : oneOf(
        ref,
        requireBranches(path, branches).map((branch) => `refs/heads/${branch}`),
      );
}

/** That it is a whole commit. A branch that was deleted has zeros in its place. */
export function isCommit(expression: string): string {
  return `${expression}.matches('^([0-9a-f]{40}|[0-9a-f]{64})$') && !${expression}.matches('^0+$')`;
}

/** That it is a branch, a tag or a commit, and nothing that anybody could read as something else. */
export function isRevision(expression: string): string {
  const characters = `${expression}.matches('^[A-Za-z0-9_]([A-Za-z0-9._/@+-]{0,253}[A-Za-z0-9_+-])?$')`;
  return `${characters} && !${expression}.contains('..') && !${expression}.contains('//')`;
}

/** Where the secret is. */
export interface SecretRef {
  readonly secretName: string;
  readonly secretKey: string;
}

/** That there is a secret: an empty one is known to everybody. */
export function isSecret({ secretName, secretKey }: SecretRef): string {
  return `!''.compareSecret(${literal(secretKey)}, ${literal(secretName)})`;
}

/** That a header has the secret for its value. */
export function hasSecret(header: string, { secretName, secretKey }: SecretRef): string {
  return `header.canonical(${literal(header)}).compareSecret(${literal(secretKey)}, ${literal(secretName)})`;
}
