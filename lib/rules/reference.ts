/**
 * A Tekton variable found in a text, such as `$(tasks.build.results.image)`.
 *
 * @see https://tekton.dev/docs/pipelines/variables/
 */
export interface Reference {
  /** As written. */
  readonly text: string;
  /** First part: `params`, `tasks`, `context`, … */
  readonly root: string;
  /** The other parts; brackets are resolved, so `$(params["a.b"])` has the path `['a.b']`. */
  readonly path: readonly string[];
}

const VARIABLE = /\$\(([^()]+)\)/g;
const PART = /([^.[\]]+)|\[(?:'([^']*)'|"([^"]*)"|(\d+|\*))\]/g;

/** All variables in a text, in the order in which they stand there. */
export function referencesIn(text: string): Reference[] {
  if (!text.includes('$(')) {
    return [];
  }
  return [...text.matchAll(VARIABLE)].map(([whole, inner]) => {
    const parts = [...inner.trim().matchAll(PART)].map(([, plain, single, double, index]) => {
      return plain ?? single ?? double ?? index;
    });
    return { text: whole, root: parts[0] ?? '', path: parts.slice(1) };
  });
}

/** A text and the place it stands in, as a reader would name it: "param image", "env URL of step clone". */
export interface LocatedText {
  readonly where: string;
  readonly text: string;
}

/** All texts inside a value: a string, a list of strings, or a map of strings. */
export function textsIn(where: string, value: unknown): LocatedText[] {
  if (typeof value === 'string') {
    return [{ where, text: value }];
  }
  if (Array.isArray(value)) {
    return value.flatMap((item) => textsIn(where, item));
  }
  if (value !== null && typeof value === 'object') {
    return Object.values(value).flatMap((item) => textsIn(where, item));
  }
  return [];
}
