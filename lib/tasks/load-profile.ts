import { refuse, requireInteger, requireName, requireNumber } from '../rules/values';
import { decimal, PARAMS, requireBound } from './param-rules';

/** Requests that come at a constant rate. Exactly one of `host`, `url` and `mesh` says how they reach the service. */
export interface ConstantRateProps {
  /** Requests per second, with at most three decimals. */
  readonly perSecond: number;
  /**
   * Host header of requests through Istio's ingress gateway. A Gateway has to let the host in, and a VirtualService of this
   * Gateway has to route it. One of your application that leads to another service, which calls the one under test, is
   * right as it is. One that leads straight to the service under test goes past the experiment, and so do the requests of
   * users: then name the host in the experiment's `hosts`, and take that VirtualService away.
   * @default - none
   */
  readonly host?: string;
  /**
   * Whether requests come from inside the mesh: the load task gets Istio's sidecar and calls the Service by its name.
   * @default false
   */
  readonly mesh?: boolean;
  /**
   * Another URL, of a service that calls the one under test. It can't be the service under test itself: requests from
   * outside the mesh straight to a Service go past the routing.
   * @default - none
   */
  readonly url?: string;
  /**
   * Path, with `host` and `mesh`.
   * @default /
   */
  readonly path?: string;
  /**
   * Port of the Service, with `mesh`.
   * @default - the experiment's `port`; 80 where it has none
   */
  readonly port?: number;
  /**
   * Istio's ingress gateway, with `host`: the Service's name, namespace and perhaps port.
   * @default istio-ingressgateway.istio-system
   */
  readonly gateway?: string;
  /**
   * Connections, each of which has one request under way at a time.
   * @default 4
   */
  readonly connections?: number;
}

/** The service that load is for. @internal */
export interface LoadTarget {
  readonly service: string;
  readonly namespace: string;
  /** Port that the experiment routes to. */
  readonly port?: number;
}

/** What goes only with some of the ways to the service. */
const WAYS = { path: ['host', 'mesh'], port: ['mesh'], gateway: ['host'] } as const;
const DNS_LABEL = '[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?';
const GATEWAY = new RegExp(`^${DNS_LABEL}(\\.${DNS_LABEL})*(:[0-9]{1,5})?$`);
const URL_PATH = {
  pattern: /^\/[A-Za-z0-9._~!&()*+,;=:@%/?-]*$/,
  expected: '"/" and what may stand in the path of a URL',
};

/** Which requests are sent while an experiment runs. */
export class LoadProfile {
  /** Requests at a constant rate. */
  public static constantRate(props: ConstantRateProps): LoadProfile {
    const what = 'LoadProfile.constantRate';
    const { host, mesh = false, url } = props;
    if ([host !== undefined, mesh, url !== undefined].filter(Boolean).length !== 1) {
      const found = JSON.stringify({ host, mesh, url });
      throw new Error(
        `${what}: the way to the service is ${found}; expected exactly one of host (through Istio's ingress gateway), ` +
          'mesh (from inside the mesh) and url (another service that calls it); fix: give one of them',
      );
    }
    const way = mesh ? 'mesh' : host === undefined ? 'url' : 'host';
    for (const prop of ['path', 'port', 'gateway'] as const) {
      const ways: readonly string[] = WAYS[prop];
      if (props[prop] !== undefined && !ways.includes(way)) {
        refuse(what, prop, props[prop], `none with ${way}, only with ${ways.join(' and ')}`, 'remove it');
      }
    }
    decimal(what, 'perSecond', requireNumber(what, 'perSecond', props.perSecond, 0.001, 100_000), 3);
    requireInteger(what, 'connections', props.connections ?? 4, 1, 9999);
    requireInteger(what, 'port', props.port ?? 80, 1, 65535);
    requireBound(what, 'path', props.path ?? '/', URL_PATH);
    requireBound(what, 'host', host ?? 'none', { ...PARAMS.load.host, optional: false });
    requireBound(what, 'url', url ?? 'http://none', PARAMS.load.url);
    const expected = "the Service's name, namespace and perhaps port: istio-ingressgateway.istio-system";
    requireName(what, 'gateway', props.gateway ?? 'istio-ingressgateway', GATEWAY, expected);
    return new LoadProfile({ ...props });
  }

  private constructor(private readonly props: ConstantRateProps) {}

  /** Whether the load task needs Istio's sidecar. @internal */
  public get _mesh(): boolean {
    return this.props.mesh ?? false;
  }

  /** What LoadTask is told. Refuses a URL that leads past the routing. @internal */
  public _params(path: string, target: LoadTarget): { [name: string]: string } {
    const { host = '', perSecond, connections = 4, gateway = 'istio-ingressgateway.istio-system' } = this.props;
    const { service, namespace } = target;
    const place = this.props.path ?? '/';
    const port = this.props.port ?? target.port ?? 80;
    const own = `http://${service}.${namespace}${port === 80 ? '' : `:${port}`}${place}`;
    const url = this.props.url ?? (this._mesh ? own : `http://${gateway}${place}`);
    const straight = ['', `.${namespace}`, `.${namespace}.svc`, `.${namespace}.svc.cluster.local`];
    const called = url.replace(/^https?:\/\//, '').replace(/[:/?].*/, '');
    if (!this._mesh && straight.some((rest) => called.toLowerCase() === `${service}${rest}`.toLowerCase())) {
      throw new Error(
        `${path}: the load's url is ${url}, which leads to the service under test past the routing; expected a way that the ` +
          "routing sees; fix: give host, to go through Istio's ingress gateway, or mesh: true, to come from inside the mesh",
      );
    }
    return {
      url,
      host,
      'per-second': decimal(path, 'perSecond', perSecond, 3),
      connections: String(connections),
      mesh: String(this._mesh),
    };
  }
}
