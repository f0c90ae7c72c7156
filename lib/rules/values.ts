import { posix } from 'node:path';
import type { Duration } from 'cdk8s';

/**
 * Checks of single values, for constructors: they throw at once, naming the construct, the value, what would be right
 * and what to do. Values that hold a Tekton variable are known only in the cluster and pass; names of what is declared
 * are known here, so a variable in one is a mistake.
 */

/** A value as a message shows it. */
export function show(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'bigint') {
    return String(value);
  }
  const text = JSON.stringify(value, (_key, item) => {
    return typeof item === 'bigint' || (typeof item === 'number' && !Number.isFinite(item)) ? String(item) : item;
  });
  return text ?? typeof value;
}

/** Throws in the form in which all errors come. */
export function refuse(path: string, what: string, value: unknown, expected: string, fix: string): never {
  throw new Error(`${path}: ${what} is ${show(value)}; expected ${expected}; fix: ${fix}`);
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

/** A DNS label. */
export const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
export const LABEL_EXPECTED = 'at most 63 lower-case letters, digits and "-", with a letter or digit at both ends';

/** A DNS label: the names of Services and namespaces. */
export function requireLabel(path: string, what: string, value: string): string {
  return requirePattern(path, what, value, LABEL, LABEL_EXPECTED);
}

/** The name of something that is declared: a DNS label, unless another pattern is given. */
export function requireName(
  path: string,
  what: string,
  value: string,
  pattern: RegExp = LABEL,
  expected: string = LABEL_EXPECTED,
): string {
  if (typeof value !== 'string' || !pattern.test(value)) {
    refuse(path, what, value, expected, `give ${what} another value`);
  }
  return value;
}

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

function requireShortSubdomain(path: string, what: string, value: string, length: number): string {
  const expected = `at most ${length} lower-case letters, digits, "-" and ".", with a letter or digit at both ends`;
  if (typeof value === 'string' && value.length > length) {
    refuse(path, what, value, expected, `give ${what} another value`);
  }
  return requireName(path, what, value, SUBDOMAIN, expected);
}

/** The name of a Tekton object: a DNS subdomain that Tekton limits to 63 characters. */
export function requireObjectName(path: string, what: string, value: string): string {
  return requireShortSubdomain(path, what, value, 63);
}

/** The name of another object of Kubernetes, such as a service account: a DNS subdomain. */
export function requireSubdomain(path: string, what: string, value: string): string {
  return requireShortSubdomain(path, what, value, 253);
}

/**
 * What a name begins with to which Kubernetes adds five characters. It cuts longer ones, and Tekton takes names of at
 * most 63.
 */
export function requireGenerateName(path: string, value: string): string {
  const expected =
    'at most 58 lower-case letters, digits, "-" and ".", beginning with a letter or digit, with none but letters and digits beside a "." and none at the end';
  return requireName(
    path,
    'generateName',
    value,
    /^(?=.{1,58}$)([a-z0-9]([-a-z0-9]*[a-z0-9])?\.)*[a-z0-9][-a-z0-9]*$/,
    expected,
  );
}

const OBJECT_NAME = /^[_a-zA-Z][_a-zA-Z0-9-]*$/;
const OBJECT_NAME_EXPECTED = 'letters, digits, "_" and "-", beginning with a letter or "_"';

/** The name of a param, as `pkg/apis/pipeline/v1/task_validation.go` of tektoncd/pipeline v1.15 has it: an object's has no dot. */
export function requireParamName(path: string, value: string, type = 'string'): string {
  if (type === 'object') {
    return requireName(path, 'the name of an object param', value, OBJECT_NAME, OBJECT_NAME_EXPECTED);
  }
  const expected = 'letters, digits, "_", "-" and ".", beginning with a letter or "_"';
  return requireName(path, 'the name of a param', value, /^[_a-zA-Z][_a-zA-Z0-9.-]*$/, expected);
}

/** The keys of an object param or result: at least one, for which Tekton has the same rule as for the param's name. */
export function requireObjectKeys(path: string, keys: readonly string[]): readonly string[] {
  if (!Array.isArray(keys) || keys.length === 0) {
    refuse(path, 'keys', keys, 'at least one key', 'name the keys of the object');
  }
  for (const key of keys) {
    requireName(path, 'the key of an object', key, OBJECT_NAME, OBJECT_NAME_EXPECTED);
  }
  return keys;
}

/**
 * The name of a result, as `pkg/apis/pipeline/v1/resultref.go` of tektoncd/pipeline v1.15 has it, but without dots: Tekton
 * does not see the task behind a name that needs brackets, so nothing would wait for it.
 */
export function requireResultName(path: string, value: string): string {
  const expected = 'letters, digits, "_" and "-", with a letter or digit at both ends';
  return requireName(path, 'the name of a result', value, /^([A-Za-z0-9][-A-Za-z0-9_]*)?[A-Za-z0-9]$/, expected);
}

/** An amount of a resource, as Kubernetes writes it: `100m`, `64Mi`. */
export function requireQuantity(path: string, what: string, value: string): string {
  const quantity = /^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?$/;
  return requireName(path, what, value, quantity, 'a quantity as Kubernetes writes it, such as "500m" or "64Mi"');
}

/** One of the values that a field can have. */
export function requireOneOf(path: string, what: string, value: string, values: readonly string[]): string {
  if (!values.includes(value)) {
    refuse(path, what, value, `one of ${values.join(', ')}`, `give ${what} one of them`);
  }
  return value;
}

/** A path as Kubernetes compares it: `/a/` is `/a`. */
export function cleanPath(path: string): string {
  return posix.normalize(`${path}/`).slice(0, -1) || '/';
}

/** Refuses what is no Duration, such as "30s". */
export function requireDuration(path: string, what: string, value: Duration): Duration {
  if (typeof value?.toMilliseconds !== 'function') {
    refuse(path, what, value, 'a Duration', `give ${what} as Duration.seconds(30)`);
  }
  return value;
}

/** Seconds, with a fraction if there is one. */
export function secondsOf(duration: Duration): number {
  return duration.toSeconds({ integral: false });
}

/** A duration as Go writes it, which is what Tekton and iter8 read: `1h30m`, `45s`. */
export function goDuration(duration: Duration): string {
  const all = Math.round(duration.toMilliseconds({ integral: false }));
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
