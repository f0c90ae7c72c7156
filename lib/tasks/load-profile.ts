import { requireInteger, requireLabel, requireNumber, requirePattern } from '../rules/values';

/** Requests that come at a constant rate. Exactly one of `host`, `url` and `mesh` says how they reach the service. */
export interface ConstantRateProps {
  /** Requests per second. */
  readonly perSecond: number;
  /**
   * Host header of requests through Istio's ingress gateway. A Gateway has to let the host in, and a VirtualService of this
   * Gateway has to route it: your application's, or iter8's when the experiment has the host among its `hosts`.
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
   * @default 80
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
}

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
    requireNumber(what, 'perSecond', props.perSecond, 0.001, 100_000);
    requireInteger(what, 'connections', props.connections ?? 4, 1, 9999);
    requireInteger(what, 'port', props.port ?? 80, 1, 65535);
    const path = '"/" and what may stand in the path of a URL';
    requirePattern(what, 'path', props.path ?? '/', /^\/[A-Za-z0-9._~!&()*+,;=:@%/?-]*$/, path);
    if (host !== undefined) {
      requirePattern(what, 'host', host, /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?$/, 'a DNS name');
    }
    if (url !== undefined) {
      const pattern = /^https?:\/\/[A-Za-z0-9][A-Za-z0-9.-]*(:[0-9]{1,5})?(\/[A-Za-z0-9._~!&()*+,;=:@%/?-]*)?$/;
      requirePattern(what, 'url', url, pattern, 'an http or https URL');
    }
    for (const label of (props.gateway ?? 'istio-ingressgateway').replace(/:[0-9]{1,5}$/, '').split('.')) {
      requireLabel(what, 'gateway', label);
    }
    return new LoadProfile(props);
  }

  private constructor(private readonly props: ConstantRateProps) {}

  /** Whether the load task needs Istio's sidecar. @internal */
  public get _mesh(): boolean {
    return this.props.mesh ?? false;
  }

  /** What LoadTask is told. Refuses a URL that leads past the routing. @internal */
  public _params(path: string, { service, namespace }: LoadTarget): { [name: string]: string } {
    const {
      host = '',
      perSecond,
      port = 80,
      connections = 4,
      gateway = 'istio-ingressgateway.istio-system',
    } = this.props;
    const place = this.props.path ?? '/';
    const own = `http://${service}.${namespace}${port === 80 ? '' : `:${port}`}${place}`;
    const url = this.props.url ?? (this._mesh ? own : `http://${gateway}${place}`);
    const straight = [
      service,
      `${service}.${namespace}`,
      `${service}.${namespace}.svc`,
      `${service}.${namespace}.svc.cluster.local`,
    ];
    if (!this._mesh && straight.includes(url.replace(/^https?:\/\//, '').replace(/[:/?].*/, ''))) {
      throw new Error(
        `${path}: the load's url is ${url}, which leads to the service under test past the routing; expected a way that the ` +
          "routing sees; fix: give host, to go through Istio's ingress gateway, or mesh: true, to come from inside the mesh",
      );
    }
    return { url, host, 'per-second': String(perSecond), connections: String(connections), mesh: String(this._mesh) };
  }
}
