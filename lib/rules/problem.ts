import { byName } from './by-name';

/**
 * One thing that is wrong with an app, in a form that tells the reader what to do.
 *
 * `code` is stable and names the rule's file; `docs/errors.md` lists all of them.
 */
export interface Problem {
  /** Name of the rule, the same as its file. */
  readonly code: string;
  /** Construct path of what is wrong, and the place inside it. */
  readonly path: string;
  /** What was found, with its value. */
  readonly found: string;
  /** What would be right. */
  readonly expected: string;
  /** What to do about it. */
  readonly fix: string;
}

/** What a rule says about something whose place is known already. */
export type Finding = Pick<Problem, 'found' | 'expected' | 'fix'>;

/** The text that `cdk8s synth` shows for a problem. */
export function describe(problem: Problem): string {
  return `${problem.path}: ${problem.found}; expected ${problem.expected}; fix: ${problem.fix} (${problem.code})`;
}

/** How many letters have to change to turn one name into the other. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, row[j] + 1, next[j - 1] + 1));
    }
    row = next;
  }
  return row[b.length];
}

/**
 * The known name that looks most like the wanted one, if any is near enough to be meant: of several the preferred ones
 * first, and then the first by name.
 */
export function nearest(
  wanted: string,
  known: readonly string[],
  preferred: readonly string[] = [],
): string | undefined {
  const [best] = known
    .map((name) => ({
      name,
      far: distance(wanted.toLowerCase(), name.toLowerCase()),
      rank: preferred.includes(name) ? 0 : 1,
    }))
    .sort((a, b) => a.far - b.far || a.rank - b.rank || byName(a.name, b.name));
  // A name of which every letter has to change is another name.
  const limit = Math.min(Math.max(2, Math.floor(wanted.length / 3)), wanted.length - 1);
  return best && best.far <= limit ? best.name : undefined;
}

/** Tekton's own, of which nobody can declare more. */
const FIXED = ['part', 'variable', 'context variable'];

/** "one of the params a, b" or "a param, but none is declared", and what to do: the fix names the nearest name. */
export function choice(
  wanted: string,
  known: readonly string[],
  what: string,
  of = '',
  preferred: readonly string[] = [],
): { expected: string; fix: string } {
  const near = nearest(wanted, known, preferred);
  const names = [...known].sort(byName).join(', ');
  return {
    expected: known.length > 0 ? `one of the ${what}s${of}: ${names}` : `a ${what}${of}, but none is declared`,
    fix: near
      ? `did you mean "${near}"?`
      : FIXED.includes(what)
        ? 'use one of them'
        : `declare the ${what} "${wanted}"${of}, or use one that exists`,
  };
}
