import { EventEmitter } from 'node:events';
import { isDeepStrictEqual } from 'node:util';
import { RESOURCES, type Resource } from './resources';

/** An object of the API. */
export type KubernetesObject = { [field: string]: any };

/** What the API answers instead of doing something. */
export class ApiError extends Error {
  public constructor(
    public readonly code: number,
    public readonly reason: string,
    message: string,
    public readonly details: object = {},
  ) {
    super(message);
  }
}

/** What happened to an object: ADDED, MODIFIED or DELETED. */
export interface Change {
  readonly type: string;
  readonly resource: Resource;
  readonly object: KubernetesObject;
}

/** Which object is meant. */
export interface Key {
  readonly resource: Resource;
  readonly namespace: string;
  readonly name: string;
}

export function resourceOf(kind: string): Resource {
  const found = RESOURCES.find((each) => each.kind === kind || each.plural === kind);
  if (!found) {
    throw new Error(`the double knows no kind ${kind}`);
  }
  return found;
}

/** Whether an object has the labels that a selector in the API's syntax asks for. */
export function matches(selector: string, labels: Record<string, string> = {}): boolean {
  const terms = selector.split(/,(?![^()]*\))/).filter((term) => term !== '');
  return terms.every((term) => {
    const set = term.match(/^(\S+) (in|notin) \(([^)]*)\)$/);
    if (set) {
      return set[3].split(',').includes(labels[set[1]]) === (set[2] === 'in');
    }
    const [, key, operator, value] = term.match(/^([^=!]+)(!=|==?)?(.*)$/) ?? [];
    if (!operator) {
      return key in labels;
    }
    return (labels[key] === value) === (operator !== '!=');
  });
}

const LABEL = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;

/** The objects, each with a version that grows with every write, and news of all changes. */
export class Store extends EventEmitter {
  private readonly objects = new Map<string, KubernetesObject>();
  private version = 1;
  private serial = 0;

  /** The version of what was written last. */
  public get resourceVersion(): string {
    return String(this.version);
  }

  public get({ resource, namespace, name }: Key): KubernetesObject {
    const found = this.objects.get(this.path({ resource, namespace, name }));
    if (!found) {
      throw new ApiError(404, 'NotFound', `${this.full(resource)} "${name}" not found`, {
        name,
        kind: resource.plural,
      });
    }
    return structuredClone(found);
  }

  public list(resource: Resource, namespace = '', selector = ''): KubernetesObject[] {
    const prefix = `${resource.group}/${resource.plural}/${namespace === '' ? '' : `${namespace}/`}`;
    return [...this.objects]
      .filter(([path, { metadata }]) => path.startsWith(prefix) && matches(selector, metadata.labels))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, object]) => structuredClone(object));
  }

  /** Makes an object, or just checks whether it could. */
  public create(resource: Resource, namespace: string, given: KubernetesObject, dry = false): KubernetesObject {
    const object = structuredClone(given);
    const name =
      object.metadata?.name ?? (object.metadata?.generateName ? `${object.metadata.generateName}${++this.serial}` : '');
    const key = { resource, namespace, name };
    if (this.objects.has(this.path(key))) {
      throw new ApiError(409, 'AlreadyExists', `${this.full(resource)} "${name}" already exists`, {
        name,
        kind: resource.plural,
      });
    }
    object.metadata = {
      ...object.metadata,
      name,
      ...(resource.namespaced && { namespace }),
      uid: `00000000-0000-4000-8000-${String(++this.serial).padStart(12, '0')}`,
      creationTimestamp: '2026-01-01T00:00:00Z',
      generation: 1,
    };
    if (resource.kind === 'Deployment') {
      object.spec = { replicas: 1, strategy: { type: 'RollingUpdate' }, ...object.spec };
    }
    this.check(resource, object);
    return dry ? object : this.write('ADDED', key, object);
  }

  /** Writes an object anew: `status` alone, or all but `status`. */
  public update(key: Key, given: KubernetesObject, subresource = ''): KubernetesObject {
    const old = this.get(key);
    const expected = given.metadata?.resourceVersion;
    if (expected !== undefined && expected !== old.metadata.resourceVersion) {
      const what = `Operation cannot be fulfilled on ${this.full(key.resource)} "${key.name}"`;
      throw new ApiError(
        409,
        'Conflict',
        `${what}: the object has been modified; please apply your changes to the latest version and try again`,
      );
    }
    const uid = given.metadata?.uid;
    if (uid !== undefined && uid !== old.metadata.uid) {
      throw new ApiError(
        409,
        'Conflict',
        `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.metadata.uid}`,
      );
    }
    const split = key.resource.statusSubresource;
    const next: KubernetesObject =
      subresource === 'status'
        ? { ...old, status: given.status }
        : { ...structuredClone(given), ...(split && { status: old.status }) };
    const { uid: _, creationTimestamp, generation, resourceVersion, namespace } = old.metadata;
    next.metadata = {
      ...next.metadata,
      name: key.name,
      namespace,
      uid: old.metadata.uid,
      creationTimestamp,
      generation,
      resourceVersion,
    };
    if (old.metadata.deletionTimestamp) {
      next.metadata.deletionTimestamp = old.metadata.deletionTimestamp;
    }
    if (next.status === undefined) {
      delete next.status;
    }
    this.check(key.resource, next);
    if (isDeepStrictEqual(next, old)) {
      return old;
    }
    if (
      subresource === '' &&
      !isDeepStrictEqual({ ...next, metadata: 0, status: 0 }, { ...old, metadata: 0, status: 0 })
    ) {
      next.metadata.generation += 1;
    }
    if (next.metadata.deletionTimestamp && !next.metadata.finalizers?.length) {
      return this.remove(key, next);
    }
    return this.write('MODIFIED', key, next);
  }

  public backdate(key: Key, creationTimestamp: string): void {
    const object = this.get(key);
    this.write('MODIFIED', key, { ...object, metadata: { ...object.metadata, creationTimestamp } });
  }

  /** Deletes an object, or has it wait for those whose finalizers it has. */
  public delete(key: Key, preconditions: { uid?: string; resourceVersion?: string } = {}): KubernetesObject {
    const object = this.get(key);
    for (const [field, wanted] of Object.entries(preconditions)) {
      if (wanted !== undefined && object.metadata[field] !== wanted) {
        throw new ApiError(
          409,
          'Conflict',
          `Precondition failed: ${field} in precondition: ${wanted}, in object: ${object.metadata[field]}`,
        );
      }
    }
    if (object.metadata.finalizers?.length) {
      if (!object.metadata.deletionTimestamp) {
        object.metadata.deletionTimestamp = '2026-01-01T00:00:00Z';
        object.metadata.generation += 1;
        this.write('MODIFIED', key, object);
      }
      return object;
    }
    return this.remove(key, object);
  }

  private remove(key: Key, object: KubernetesObject): KubernetesObject {
    this.objects.delete(this.path(key));
    for (const resource of RESOURCES) {
      for (const owned of this.list(resource)) {
        if (owned.metadata.ownerReferences?.some((owner: any) => owner.uid === object.metadata.uid)) {
          this.delete({ resource, namespace: owned.metadata.namespace, name: owned.metadata.name });
        }
      }
    }
    this.version += 1;
    object.metadata.resourceVersion = this.resourceVersion;
    this.emit('change', { type: 'DELETED', resource: key.resource, object: structuredClone(object) } satisfies Change);
    return object;
  }

  private write(type: string, key: Key, object: KubernetesObject): KubernetesObject {
    this.version += 1;
    object.metadata.resourceVersion = this.resourceVersion;
    this.objects.set(this.path(key), structuredClone(object));
    this.emit('change', { type, resource: key.resource, object: structuredClone(object) } satisfies Change);
    return structuredClone(object);
  }

  private check({ kind }: Resource, { metadata, spec }: KubernetesObject): void {
    const invalid = (what: string) => new ApiError(422, 'Invalid', `${kind} "${metadata.name}" is invalid: ${what}`);
    const longest = kind === 'Service' || kind === 'Namespace' ? 63 : 253;
    if (!/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(metadata.name) || metadata.name.length > longest) {
      throw invalid(
        `metadata.name: Invalid value: "${metadata.name}": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters`,
      );
    }
    if (kind === 'Lease' && spec?.leaseDurationSeconds <= 0) {
      throw invalid('spec.leaseDurationSeconds: Invalid value: must be greater than 0');
    }
    for (const [key, value] of Object.entries<string>(metadata.labels ?? {})) {
      if (typeof value !== 'string' || value.length > 63 || !LABEL.test(value)) {
        throw invalid(`metadata.labels: Invalid value: "${value}": label ${key}`);
      }
    }
  }

  private path({ resource, namespace, name }: Key): string {
    return `${resource.group}/${resource.plural}/${resource.namespaced ? `${namespace}/` : ''}${name}`;
  }

  private full({ group, plural }: Resource): string {
    return group === '' ? plural : `${plural}.${group}`;
  }
}
