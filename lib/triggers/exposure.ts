import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import type { RouteSpec } from '../../imports/route.openshift.io';
import { requireSubdomain } from '../rules/values';

/** More about an Ingress. */
export interface IngressProps {
  /**
   * Name of the Secret with the certificate, which exists.
   * @default - the certificate that the ingress controller has
   */
  readonly tlsSecretName?: string;
  /**
   * Name of the IngressClass.
   * @default - the cluster's default
   */
  readonly ingressClassName?: string;
  /**
   * Annotations, which ingress controllers read.
   * @default - none
   */
  readonly annotations?: { readonly [name: string]: string };
}

/** The port's name in the Service that Triggers makes. (`pkg/reconciler/eventlistener/resources/service.go`, v0.37.) */
const PORT = 'http-listener';

/** How events from outside of the cluster get to the listener: encrypted, because they come with a secret. */
export class Exposure {
  /** By an Ingress for a host. */
  public static ingress(host: string, props: IngressProps = {}): Exposure {
    const what = 'Exposure.ingress';
    requireSubdomain(what, 'host', host);
    for (const name of ['tlsSecretName', 'ingressClassName'] as const) {
      if (props[name] !== undefined) {
        requireSubdomain(what, name, props[name]);
      }
    }
    const { tlsSecretName, ingressClassName, annotations } = props;
    return new Exposure('networking.k8s.io/v1', 'Ingress', { ...annotations }, (service) => ({
      ingressClassName,
      rules: [
        {
          host,
          http: {
            paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: service, port: { name: PORT } } } }],
          },
        },
      ],
      tls: [{ hosts: [host], secretName: tlsSecretName }],
    }));
  }

  /** By a Route of OpenShift, for a host or, without one, for a host that OpenShift chooses. */
  public static route(host?: string): Exposure {
    if (host !== undefined) {
      requireSubdomain('Exposure.route', 'host', host);
    }
    return new Exposure(
      'route.openshift.io/v1',
      'Route',
      {},
      (service): RouteSpec => ({
        host,
        port: { targetPort: PORT },
        tls: { termination: 'edge', insecureEdgeTerminationPolicy: 'None' },
        to: { kind: 'Service', name: service },
      }),
    );
  }

  private constructor(
    private readonly apiVersion: string,
    private readonly kind: string,
    private readonly annotations: { readonly [name: string]: string },
    private readonly spec: (service: string) => object,
  ) {}

  /** @internal */
  public _write(scope: Construct, name: string, service: string): ApiObject {
    const { apiVersion, kind, annotations } = this;
    return new ApiObject(scope, kind, { apiVersion, kind, metadata: { name, annotations }, spec: this.spec(service) });
  }
}
