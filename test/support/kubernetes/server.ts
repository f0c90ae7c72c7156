import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from './clock';
import { jsonPatch, mergePatch } from './patch';
import type { Access, Rbac } from './rbac';
import { groupList, openApi, RESOURCES, type Resource, resourceList } from './resources';
import { ApiError, type Change, type KubernetesObject, matches, type Store } from './store';

/** A request as tests see it. */
export interface Request extends Access {
  readonly name: string;
  readonly body: any;
  /** What the answer was. */
  status: number;
}

/** Requests that go wrong. What is not given fits all. */
export interface Fault {
  readonly verb?: string;
  readonly resource?: string;
  readonly name?: string;
  /** How many of them go wrong; all where it is not given, until the fault is removed. */
  times?: number;
  /** What becomes of them: a status, a connection that is closed, or no answer at all. kubectl asks again for a while. */
  readonly result: number | 'drop' | 'hang';
}

const REASONS: Record<number, string> = {
  403: 'Forbidden',
  409: 'Conflict',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
};

interface Target {
  readonly resource: Resource;
  readonly version: string;
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
}

function targetOf(path: string): Target | undefined {
  const pattern = /^\/(?:api|apis\/([^/]+))\/([^/]+)(?:\/namespaces\/([^/]+))?\/([a-z]+)(?:\/([^/]+))?(?:\/([a-z]+))?$/;
  const [, group = '', version, namespace = '', plural, name = '', subresource = ''] = path.match(pattern) ?? [];
  const resource = RESOURCES.find(
    (each) => each.group === group && each.plural === plural && each.versions.includes(version),
  );
  return resource && { resource, version, namespace, name: decodeURIComponent(name), subresource };
}

/** Whether a request's field selector, which knows names only, lets an object of this name through. */
function selects(query: URLSearchParams, name: string): boolean {
  const terms = (query.get('fieldSelector') ?? '').split(',').map((term) => term.match(/^metadata\.name(!?)=(.*)$/));
  return terms.every((term) => !term || (name === term[2]) === (term[1] === ''));
}

/** Who asks. kubectl tells nobody who it is without TLS, except a proxy. */
function userOf({ headers }: IncomingMessage): string {
  const [, credentials = ''] = headers['proxy-authorization']?.split(' ') ?? [];
  return Buffer.from(credentials, 'base64').toString().split(':')[0];
}

/** The API over HTTP, as kubectl speaks it. */
export class ApiServer {
  /** All requests for objects, in the order in which they came. */
  public readonly requests: Request[] = [];
  /** Called at each of them. */
  public heard: () => void = () => undefined;
  /** What goes wrong. */
  public readonly faults: Fault[] = [];
  /** Who may do what; everybody everything where it is not given. */
  public rbac?: Rbac;
  private readonly server: Server = createServer((request, response) => void this.handle(request, response));

  public constructor(
    private readonly store: Store,
    private readonly clock: Clock,
  ) {}

  public async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  public async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** Has connections refused, as if there were no API server; the answer puts an end to it. */
  public async refuse(): Promise<() => Promise<void>> {
    const { port } = this.server.address() as AddressInfo;
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    return () => new Promise<void>((resolve) => this.server.listen(port, '127.0.0.1', resolve));
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk);
    }
    const url = new URL(request.url ?? '/', 'http://localhost');
    const answer = (status: number, body: object) => {
      response.writeHead(status, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    const discovery = this.discover(url.pathname);
    if (discovery) {
      return answer(200, discovery);
    }
    const target = targetOf(url.pathname);
    if (!target) {
      return answer(
        404,
        this.failure(new ApiError(404, 'NotFound', 'the server could not find the requested resource')),
      );
    }
    await this.clock.turn();
    const text = Buffer.concat(chunks).toString();
    const body = text === '' ? undefined : JSON.parse(text);
    const watching = url.searchParams.get('watch') === 'true';
    const verb = this.verb(request.method ?? 'GET', target, watching);
    const { resource, namespace, name } = target;
    const entry: Request = {
      user: userOf(request),
      verb,
      group: resource.group,
      resource: resource.plural,
      namespace,
      name: name || body?.metadata?.name || '',
      body,
      status: 200,
    };
    this.requests.push(entry);
    this.heard();
    const fault = this.faults.find((each) => {
      const fits = (wanted: string | undefined, found: string) => wanted === undefined || wanted === found;
      return (
        each.times !== 0 && fits(each.verb, verb) && fits(each.resource, entry.resource) && fits(each.name, entry.name)
      );
    });
    if (fault) {
      entry.status = typeof fault.result === 'number' ? fault.result : 0;
      if (fault.times !== undefined) {
        fault.times -= 1;
      }
      if (fault.result === 'hang') {
        return;
      }
      if (fault.result === 'drop') {
        request.socket.destroy();
        return;
      }
      return answer(
        fault.result,
        this.failure(new ApiError(fault.result, REASONS[fault.result] ?? 'InternalError', 'a fault of the test')),
      );
    }
    try {
      if (this.rbac && !this.rbac.allows(entry)) {
        const message = `${entry.resource} is forbidden: User "${entry.user}" cannot ${verb} resource "${entry.resource}"`;
        throw new ApiError(403, 'Forbidden', message);
      }
      if (watching) {
        return this.watch(target, url.searchParams, response);
      }
      const [status, result] = this.act(verb, target, url.searchParams, body, request.headers['content-type'] ?? '');
      entry.status = status;
      answer(status, result);
    } catch (error) {
      const known = error instanceof ApiError ? error : new ApiError(400, 'BadRequest', (error as Error).message);
      entry.status = known.code;
      answer(known.code, this.failure(known));
    }
  }

  private discover(path: string): object | undefined {
    if (path === '/version') {
      return { major: '1', minor: '34', gitVersion: 'v1.34.0' };
    }
    if (path === '/api') {
      return { kind: 'APIVersions', versions: ['v1'] };
    }
    if (path === '/apis') {
      return groupList();
    }
    if (path.startsWith('/openapi/')) {
      return openApi(path);
    }
    const [, group = '', version] = path.match(/^\/(?:api|apis\/([^/]+))\/([^/]+)$/) ?? [];
    return version ? resourceList(group, version) : undefined;
  }

  private verb(method: string, { name }: Target, watching: boolean): string {
    const verbs: Record<string, string> = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };
    return verbs[method] ?? (watching ? 'watch' : name === '' ? 'list' : 'get');
  }

  private act(verb: string, target: Target, query: URLSearchParams, body: any, contentType: string): [number, object] {
    const { resource, namespace, name, subresource } = target;
    const key = { resource, namespace, name };
    const dry = query.get('dryRun') === 'All';
    const shown = (object: KubernetesObject) => this.inVersion(object, target);
    switch (verb) {
      case 'get':
        return [200, shown(this.store.get(key))];
      case 'list': {
        const items = this.store.list(resource, namespace, query.get('labelSelector') ?? '');
        const listed = items.filter(({ metadata }) => selects(query, metadata.name)).map(shown);
        const { apiVersion } = this.inVersion({}, target);
        return [
          200,
          {
            kind: `${resource.kind}List`,
            apiVersion,
            metadata: { resourceVersion: this.store.resourceVersion },
            items: listed,
          },
        ];
      }
      case 'create':
        return [201, shown(this.store.create(resource, namespace, body, dry))];
      case 'update':
        return [200, shown(this.store.update(key, body, subresource))];
      case 'patch': {
        const old = this.store.get(key);
        const { resourceVersion: _, ...metadata } = old.metadata;
        const base = { ...old, metadata };
        const json = contentType.startsWith('application/json-patch');
        const next = json
          ? jsonPatch(old, body)
          : mergePatch(base, body, contentType.startsWith('application/strategic'));
        return [200, shown(dry ? next : this.store.update(key, next, subresource))];
      }
      case 'delete':
        return [200, shown(this.store.delete(key, body?.preconditions))];
      default:
        throw new ApiError(405, 'MethodNotAllowed', `the double can not ${verb}`);
    }
  }

  private inVersion(object: KubernetesObject, { resource, version }: Target): KubernetesObject {
    const apiVersion = resource.group === '' ? version : `${resource.group}/${version}`;
    return { ...object, apiVersion, kind: resource.kind };
  }

  private watch(target: Target, query: URLSearchParams, response: ServerResponse): void {
    const { resource, namespace, name } = target;
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.flushHeaders();
    const send = (change: Change) => {
      const { metadata } = change.object;
      const named = name ? metadata.name === name : selects(query, metadata.name);
      const fits = matches(query.get('labelSelector') ?? '', metadata.labels) && named;
      if (change.resource === resource && (namespace === '' || metadata.namespace === namespace) && fits) {
        response.write(`${JSON.stringify({ type: change.type, object: this.inVersion(change.object, target) })}\n`);
      }
    };
    this.store.on('change', send);
    response.on('close', () => this.store.off('change', send));
    const since = Number(query.get('resourceVersion') ?? 0);
    for (const object of this.store.list(resource, namespace)) {
      if (Number(object.metadata.resourceVersion) > since) {
        send({ type: 'ADDED', resource, object });
      }
    }
    const seconds = Number(query.get('timeoutSeconds') ?? 0);
    if (seconds > 0) {
      setTimeout(() => response.end(), seconds * 1000).unref();
    }
  }

  private failure({ code, reason, message, details }: ApiError): object {
    return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', code, reason, message, details };
  }
}
