import { byName } from '../rules/by-name';
import type { BoundParam } from '../rules/model';
import { type LocatedText, textsIn } from '../rules/reference';
import { refuse } from '../rules/values';

type Values = { readonly [name: string]: any };

/** Whether Tekton can take it as a text: it makes texts of numbers and truth values. @internal */
export function isScalar(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
}

/** Refuses what Tekton can't take as the value of a param. @internal */
export function requireValues(path: string, values: Values = {}): void {
  for (const [name, value] of Object.entries(values)) {
    const nested = typeof value === 'object' && value !== null && Object.values(value).every(isScalar);
    if (!isScalar(value) && !nested) {
      const expected = 'a string, a list of strings or a map of strings';
      refuse(path, `param ${name}`, value, expected, `give ${name} such a value, or leave it out`);
    }
  }
}

/** What is bound, with its types. @internal */
export function boundParams(values: Values): BoundParam[] {
  return Object.entries(values).map(([name, value]) => {
    if (typeof value !== 'object') {
      const [text] = textsIn(`param ${name}`, value, 'value');
      return { name, type: 'string', text };
    }
    return Array.isArray(value) ? { name, type: 'array' } : { name, type: 'object', keys: Object.keys(value) };
  });
}

/** The texts of what is bound. @internal */
export function paramTexts(bound: readonly BoundParam[], values: Values): LocatedText[] {
  return bound.flatMap(({ name, type, text }) => {
    return type === 'string'
      ? (text ?? [])
      : textsIn(`param ${name}`, values[name], type === 'array' ? 'item' : 'text');
  });
}

/** Numbers and truth values as the strings that Tekton makes of them; lists and maps as copies. @internal */
export function plain(value: any): any {
  if (Array.isArray(value)) {
    return value.map((item) => String(item));
  }
  return typeof value === 'object'
    ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, String(item)]))
    : String(value);
}

/** Params as Tekton writes them, sorted by name; nothing where there are none. @internal */
export function renderParams(values: Values = {}): { name: string; value: any }[] | undefined {
  const entries = Object.entries(values).sort(([a], [b]) => byName(a, b));
  return entries.length > 0 ? entries.map(([name, value]) => ({ name, value: plain(value) })) : undefined;
}
