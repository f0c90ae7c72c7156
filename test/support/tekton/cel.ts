/** A function of the object before its dot, which may have arguments. */
export type Method = (value: any, ...args: any[]) => any;

type Thunk = () => any;

const TOKEN = /\s*(?:('[^'\\]*')|([A-Za-z_]\w*)|(&&|\|\||==|[!+.,()[\]]))/y;

function tokensOf(expression: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < expression.trimEnd().length) {
    const match = TOKEN.exec(expression);
    if (!match) {
      throw new Error(`can't read ${expression}`);
    }
    tokens.push(match[1] ?? match[2] ?? match[3]);
  }
  return tokens;
}

/** Answers a value of a type; anything else is an error. */
function typed(type: string, value: any): any {
  if (typeof value !== type) {
    throw new Error(`no such overload for ${JSON.stringify(value)}`);
  }
  return value;
}

function field(of: any, name: string): any {
  if (typeof of !== 'object' || of === null || Array.isArray(of) || !Object.hasOwn(of, name)) {
    throw new Error(`no such key: ${name}`);
  }
  return of[name];
}

/** An error beside a value that decides is none, on either side. */
function decided(decides: boolean, parts: readonly Thunk[]): boolean {
  let failure: unknown;
  for (const part of parts) {
    try {
      if (typed('boolean', part()) === decides) {
        return decides;
      }
    } catch (error) {
      failure ??= error;
    }
  }
  if (failure) {
    throw failure;
  }
  return !decides;
}

/**
 * Evaluates an expression of the Common Expression Language, as far as this library writes it, and as strictly: a field
 * that is missing, and an operation on a value of another type, are errors.
 */
export function evaluate(
  expression: string,
  names: { readonly [name: string]: any },
  methods: { readonly [name: string]: Method },
): any {
  const tokens = tokensOf(expression);
  const take = (token: string) => tokens[0] === token && tokens.shift() !== undefined;
  const next = () => tokens.shift() ?? '';
  const list = (end: string): Thunk[] => {
    const items: Thunk[] = [];
    while (!take(end)) {
      items.push(or());
      take(',');
    }
    return items;
  };
  const primary = (): Thunk => {
    const token = next();
    if (token === '(') {
      const [inner] = list(')');
      return inner;
    }
    if (token === '[') {
      const items = list(']');
      return () => items.map((item) => item());
    }
    return token.startsWith("'") ? () => token.slice(1, -1) : () => field(names, token);
  };
  const postfix = (of: Thunk): Thunk => {
    if (!take('.')) {
      return of;
    }
    const name = next();
    if (!take('(')) {
      return postfix(() => field(of(), name));
    }
    const args = list(')');
    return postfix(() => field(methods, name)(of(), ...args.map((arg) => arg())));
  };
  const unary = (): Thunk => {
    if (!take('!')) {
      return postfix(primary());
    }
    const part = unary();
    return () => !typed('boolean', part());
  };
  const sum = (): Thunk => {
    const parts = [unary()];
    while (take('+')) {
      parts.push(unary());
    }
    return parts.length === 1 ? parts[0] : () => parts.map((part) => typed('string', part())).join('');
  };
  const relation = (): Thunk => {
    const left = sum();
    if (take('==')) {
      const right = sum();
      return () => left() === right();
    }
    if (take('in')) {
      const right = sum();
      return () => {
        const [item, group] = [left(), right()];
        return Array.isArray(group) ? group.includes(item) : Object.hasOwn(group, item);
      };
    }
    return left;
  };
  const either = (decides: boolean, operator: string, part: () => Thunk): Thunk => {
    const parts = [part()];
    while (take(operator)) {
      parts.push(part());
    }
    return parts.length === 1 ? parts[0] : () => decided(decides, parts);
  };
  const and = (): Thunk => either(false, '&&', relation);
  const or = (): Thunk => either(true, '||', and);
  const all = or();
  if (tokens.length > 0) {
    throw new Error(`${tokens.join(' ')} is left of ${expression}`);
  }
  return all();
}
