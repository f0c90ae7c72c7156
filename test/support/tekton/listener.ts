import { createHmac } from 'node:crypto';
import type { Request } from '../events';
import { evaluate, type Method } from './cel';

/** The Secrets of a namespace: names, keys, values. */
export type Secrets = Record<string, Record<string, string>>;

function text(value: any): string {
  if (typeof value !== 'string') {
    throw new Error(`no such overload for ${JSON.stringify(value)}`);
  }
  return value;
}

/** A header's name as Go writes it. */
function canonical(name: string): string {
  return name.toLowerCase().replace(/(^|-)[a-z]/g, (start) => start.toUpperCase());
}

/** Params of an object of Triggers, by their names. */
function byName(params: readonly { name: string; value: any }[]): Record<string, any> {
  return Object.fromEntries(params.map(({ name, value }) => [name, value]));
}

/**
 * Tekton Triggers, as far as one listener goes: its interceptors one after the other, the TriggerBinding, and the
 * TriggerTemplate, into which values are put as text.
 */
export class Listener {
  public constructor(
    private readonly manifests: readonly any[],
    private readonly secrets: Secrets,
  ) {}

  /** What a request creates; nothing, where an interceptor stops it. */
  public send({ headers, body }: Request): any[] {
    const header = Object.fromEntries(Object.entries(headers).map(([name, value]) => [canonical(name), value]));
    const names = { body: JSON.parse(body), header, extensions: {} as Record<string, any> };
    const [trigger] = this.one('EventListener').spec.triggers;
    for (const { ref, params } of trigger.interceptors) {
      if (!this.passes(ref.name, byName(params), names, body)) {
        return [];
      }
    }
    const values = this.one('TriggerBinding').spec.params.map(({ name, value }: any) => {
      const key = value.match(/^\$\(extensions\.(\w+)\)$/)[1];
      return { name, value: names.extensions[key] };
    });
    return this.one('TriggerTemplate').spec.resourcetemplates.map((template: object) => fill(template, values));
  }

  private one(kind: string): any {
    const found = this.manifests.filter((manifest) => manifest.kind === kind);
    if (found.length !== 1) {
      throw new Error(`${found.length} manifests of kind ${kind}`);
    }
    return found[0];
  }

  /** Whatever goes wrong in an interceptor stops the event. */
  private passes(name: string, params: Record<string, any>, names: any, body: string): boolean {
    try {
      return this.intercept(name, params, names, body);
    } catch {
      return false;
    }
  }

  private intercept(name: string, params: Record<string, any>, names: any, body: string): boolean {
    const { header } = names;
    const secret = () => this.secret(params.secretRef.secretName, params.secretRef.secretKey);
    switch (name) {
      case 'github': {
        const signature = `sha256=${createHmac('sha256', secret()).update(body).digest('hex')}`;
        return params.eventTypes.includes(header['X-Github-Event']) && header['X-Hub-Signature-256'] === signature;
      }
      case 'gitlab': {
        const token = header['X-Gitlab-Token'];
        return params.eventTypes.includes(header['X-Gitlab-Event']) && Boolean(token) && token === secret();
      }
      case 'cel':
        return this.cel(params, names);
      default:
        throw new Error(`no interceptor ${name}`);
    }
  }

  private cel({ filter, overlays }: Record<string, any>, names: any): boolean {
    const methods: Record<string, Method> = {
      canonical: (header, name) => header[canonical(name)] ?? '',
      match: (header, name, value) => header[canonical(name)] === value,
      compareSecret: (value, key, name) => text(value) === this.secret(name, key),
      matches: (value, pattern) => new RegExp(pattern, 'u').test(text(value)),
      contains: (value, part) => text(value).includes(part),
    };
    if (evaluate(filter, names, methods) !== true) {
      return false;
    }
    for (const { key, expression } of overlays) {
      names.extensions[key] = evaluate(expression, names, methods);
    }
    return true;
  }

  private secret(name: string, key: string): string {
    const value = this.secrets[name]?.[key];
    if (value === undefined) {
      throw new Error(`no key ${key} in Secret ${name}`);
    }
    return value;
  }
}

/** Puts values into the text of a template. (`pkg/template/resource.go` of tektoncd/triggers v0.37.) */
function fill(template: object, values: readonly { name: string; value: any }[]): any {
  let json = JSON.stringify(template);
  for (const { name, value } of values) {
    const inner = typeof value === 'string' ? JSON.stringify(value).slice(1, -1) : JSON.stringify(value);
    json = json.replaceAll(`$(tt.params.${name})`, () => inner.replaceAll('$(', () => '$$('));
  }
  return JSON.parse(json.replaceAll('$(uid)', '00000000-0000-4000-8000-000000000000'));
}
