/**
 * A Tekton variable found in a text, such as `$(tasks.build.results.images[0])`.
 *
 * @see https://tekton.dev/docs/pipelines/variables/
 */
export interface Reference {
  /** As written. */
  readonly text: string;
  /** First part: `params`, `tasks`, `context`, … */
  readonly root: string;
  /** The other parts; quotes are resolved, so `$(params["a.b"])` has the path `['a.b']`. */
  readonly path: readonly string[];
  /** What stands in brackets at its end: a number, or `*` for the whole of it. */
  readonly index?: string;
  /** Set where Tekton leaves the text as it is, because it does not read this spelling. */
  readonly literal?: {
    /** The spelling that it reads, if one can be told. */
    readonly plain?: string;
  };
}

/** What a text stands for, which decides what types of variables it may hold. */
export type Place =
  /** Text that becomes text. */
  | 'text'
  /** A field that is fixed before the first step runs: of the pod, or of the task's use in a Pipeline. */
  | 'fixed'
  /** An item of a list: a variable alone may become several. */
  | 'item'
  /** An item of a condition's values, of which Tekton asks for `[*]` where it becomes several. */
  | 'values'
  /** The whole value of a param or of a pipeline's result, which may become a list or a map. */
  | 'value'
  /** A variable in place of a list. */
  | 'list'
  /** The value of a Task's result, which names the result of a step as it is. */
  | 'result';

/** A text with variables and the place it stands in, as a reader would name it: "param image", "env URL of step clone". */
export class LocatedText {
  public constructor(
    public readonly where: string,
    public readonly text: string,
    public readonly place: Place,
  ) {}

  /** Its variables. */
  public get references(): readonly Reference[] {
    return referencesIn(this.text);
  }
}

const VARIABLE = /\$\(([^()]+)\)/g;
const PART = /\.([^.[\]\s'"]+)|\[(?:"([^"\]]+)"|'([^'\]]+)')\]/y;
const INDEX = /^\[(\d+|\*)\]/;

/** Where Tekton reads a name in quotes: `params["x"]`, and in Tasks `results["x"].path` and `step.results["x"].path`. */
function mayQuote(root: string, path: readonly string[]): boolean {
  return path.length === 0 ? ['params', 'results'].includes(root) : root === 'step' && path.join('.') === 'results';
}

function parse(text: string, inner: string): Reference | undefined {
  const trimmed = inner.trim();
  const root = /^[^\s.[\]]+/.exec(trimmed)?.[0];
  // `$(date +%s)` is for the shell.
  if (root === undefined || !/^([.[]|$)/.test(trimmed.slice(root.length))) {
    return undefined;
  }
  const path: string[] = [];
  let spelling = root;
  let readable = inner === trimmed;
  let end = root.length;
  PART.lastIndex = end;
  for (let part = PART.exec(trimmed); part; part = PART.exec(trimmed)) {
    const [whole, plain, double, single] = part;
    // Nothing is read behind the quotes of a param but an index.
    const quotable =
      mayQuote(root, path) && (root !== 'params' || !/^(\.|\["|\[')/.test(trimmed.slice(PART.lastIndex)));
    const name = plain ?? double ?? single;
    readable &&= plain !== undefined || quotable;
    spelling += plain === undefined && quotable ? whole : `.${name}`;
    path.push(name);
    end = PART.lastIndex;
  }
  const [brackets = '', index] = INDEX.exec(trimmed.slice(end)) ?? [];
  if (end + brackets.length < trimmed.length) {
    return { text, root, path, literal: {} };
  }
  return { text, root, path, index, literal: readable ? undefined : { plain: `$(${spelling}${brackets})` } };
}

const NONE: readonly Reference[] = [];

/** What was found in a text; the pipelines of a fleet have most texts in common. */
const found = new Map<string, readonly Reference[]>();

/** All variables in a text, in the order in which they stand there. */
export function referencesIn(text: string): readonly Reference[] {
  if (!text.includes('$(')) {
    return NONE;
  }
  let references = found.get(text);
  if (!references) {
    references = [...text.matchAll(VARIABLE)].flatMap(([whole, inner]) => parse(whole, inner) ?? []);
    found.set(text, references);
  }
  return references;
}

/** All texts with variables inside a value: a string, a list of strings, or a map of strings. */
export function textsIn(where: string, value: unknown, place: Place = 'text'): LocatedText[] {
  if (typeof value === 'string') {
    return referencesIn(value).length > 0 ? [new LocatedText(where, value, place)] : [];
  }
  return typeof value === 'object' && value !== null
    ? Object.values(value).flatMap((item) => textsIn(where, item, place))
    : [];
}

/** Whether a text is one variable for a whole array or object: `$(params.list[*])`. */
export function isWhole({ text, references: [reference] }: Pick<LocatedText, 'text' | 'references'>): boolean {
  return reference?.text === text && reference.index === '*';
}
