import type { Duration } from 'cdk8s';

/**
 * Checks of single values, for constructors: they throw at once, naming the construct, the value, what would be right
 * and what to do. Values that hold a Tekton variable are known only in the cluster and pass.
 */

function refuse(path: string, what: string, value: unknown, expected: string, fix: string): never {
  throw new Error(`${path}: ${what} is ${JSON.stringify(value)}; expected ${expected}; fix: ${fix}`);
}

/** Whether a value is decided at run time. */
export function isVariable(value: string): boolean {
  return value.includes('$(');
}

/** Refuses a value that does not match a pattern. */
export function requirePattern(
  path: string,
  what: string,
  value: string,
  pattern: RegExp,
  expected: string,
  fix = `give ${what} another value`,
): string {
  if (typeof value !== 'string' || (!isVariable(value) && !pattern.test(value))) {
    refuse(path, what, value, expected, fix);
  }
  return value;
}

/** Refuses a number outside of its range. */
export function requireNumber(path: string, what: string, value: number, lowest: number, highest: number): number {
  if (!Number.isFinite(value) || value < lowest || value > highest) {
    const range = highest === Number.POSITIVE_INFINITY ? `of at least ${lowest}` : `from ${lowest} to ${highest}`;
    refuse(path, what, value, `a number ${range}`, `give ${what} such a number`);
  }
  return value;
}

/** Refuses a number that is not whole, or outside of its range. */
export function requireInteger(path: string, what: string, value: number, lowest: number, highest: number): number {
  if (!Number.isInteger(value)) {
    refuse(path, what, value, 'a whole number', `round ${what}`);
  }
  return requireNumber(path, what, value, lowest, highest);
}

/** A DNS label: the names of Services, namespaces, steps and tasks of a pipeline. */
export function requireLabel(path: string, what: string, value: string): string {
  const expected = 'at most 63 lower-case letters, digits and "-", with a letter or digit at both ends';
  return requirePattern(path, what, value, /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, expected);
}

/** The name of a Tekton object: a DNS subdomain that Tekton limits to 63 characters. */
export function requireObjectName(path: string, what: string, value: string): string {
  const expected = 'at most 63 lower-case letters, digits, "-" and ".", with a letter or digit at both ends';
  return requirePattern(
    path,
    what,
    value,
    /^(?=.{1,63}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
    expected,
  );
}

const OBJECT_NAME = /^[_a-zA-Z][_a-zA-Z0-9-]*$/;
const OBJECT_NAME_EXPECTED = 'letters, digits, "_" and "-", beginning with a letter or "_"';

/** The name of a param, as `pkg/apis/pipeline/v1/task_validation.go` of tektoncd/pipeline v1.15 has it: an object's has no dot. */
export function requireParamName(path: string, value: string, type = 'string'): string {
  if (type === 'object') {
    return requirePattern(path, 'the name of an object param', value, OBJECT_NAME, OBJECT_NAME_EXPECTED);
  }
  const expected = 'letters, digits, "_", "-" and ".", beginning with a letter or "_"';
  return requirePattern(path, 'the name of a param', value, /^[_a-zA-Z][_a-zA-Z0-9.-]*$/, expected);
}

/** A key of an object param, for which Tekton has the same rule as for the object's name. */
export function requireObjectKey(path: string, value: string): string {
  return requirePattern(path, 'the key of an object', value, OBJECT_NAME, OBJECT_NAME_EXPECTED);
}

/**
 * The name of a result, as `pkg/apis/pipeline/v1/resultref.go` of tektoncd/pipeline v1.15 has it, but without dots: Tekton
 * does not see the task behind a name that needs brackets, so nothing would wait for it.
 */
export function requireResultName(path: string, value: string): string {
  const expected = 'letters, digits, "_" and "-", with a letter or digit at both ends';
  return requirePattern(path, 'the name of a result', value, /^([A-Za-z0-9][-A-Za-z0-9_]*)?[A-Za-z0-9]$/, expected);
}

/** A duration as Go writes it, which is what Tekton and iter8 read: `1h30m`, `45s`. */
export function goDuration(duration: Duration): string {
  const all = duration.toMilliseconds();
  const parts = [
    [Math.floor(all / 3_600_000), 'h'],
    [Math.floor(all / 60_000) % 60, 'm'],
    [Math.floor(all / 1000) % 60, 's'],
    [all % 1000, 'ms'],
  ] as const;
  return (
    parts
      .filter(([amount]) => amount > 0)
      .map(([amount, unit]) => `${amount}${unit}`)
      .join('') || '0s'
  );
}
