import { Chart, JsonPatch } from 'cdk8s';
import { k8s } from 'cdk8s-plus-25';
import type { Construct } from 'constructs';
import { Gateway, VirtualService } from '../../imports/networking.istio.io';

/** Where bookinfo lives, and how people reach it. */
export interface BookinfoProps {
  /** Its namespace, which is made. */
  readonly namespace: string;
  /** Host of the requests that come in at Istio's ingress gateway. */
  readonly host: string;
}

/** Of the images of Istio's own sample. */
const VERSION = '1.20.3';
const PORT = 9080;

/**
 * Bookinfo: the product page shows details and reviews of a book, and later versions of reviews show ratings. Its namespace
 * is in the mesh, so the requests that the product page makes pass a sidecar, which follows iter8's routing.
 *
 * The chart has no labels, and the Services select by `app` only: by one that every version of a service has, and no other pod.
 */
export class Bookinfo extends Chart {
  public constructor(scope: Construct, id: string, props: BookinfoProps) {
    super(scope, id, { namespace: props.namespace });
    const namespace = new k8s.KubeNamespace(this, 'namespace', {
      metadata: { name: props.namespace, labels: { 'istio-injection': 'enabled' } },
    });
    // cdk8s gives every object the chart's namespace; this one is in none.
    namespace.addJsonPatch(JsonPatch.remove('/metadata/namespace'));

    this.addService('details');
    this.addService('ratings');
    const tmp = { name: 'tmp', mountPath: '/tmp' };
    this.addService('reviews', {
      env: [{ name: 'LOG_DIR', value: '/tmp/logs' }],
      volumeMounts: [tmp, { name: 'output', mountPath: '/opt/ibm/wlp/output' }],
    });
    this.addService('productpage', { volumeMounts: [tmp] });
    this.addRoute('productpage', props.host, ['/productpage', '/login', '/logout', '/static', '/api/v1/products']);
  }

  /** A service and its first version, with the variables and the writable folders that its image needs. */
  private addService(name: string, container: Pick<k8s.Container, 'env' | 'volumeMounts'> = {}): void {
    const labels = { app: name, version: 'v1' };
    new k8s.KubeService(this, name, {
      metadata: { name },
      spec: { selector: { app: name }, ports: [{ name: 'http', port: PORT }] },
    });
    new k8s.KubeDeployment(this, `${name}-v1`, {
      metadata: { name: `${name}-v1` },
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            automountServiceAccountToken: false,
            containers: [
              {
                name,
                image: `docker.io/istio/examples-bookinfo-${name}-v1:${VERSION}`,
                ports: [{ containerPort: PORT }],
                readinessProbe: {
                  httpGet: { path: '/health', port: k8s.IntOrString.fromNumber(PORT) },
                  periodSeconds: 2,
                },
                securityContext: {
                  allowPrivilegeEscalation: false,
                  capabilities: { drop: ['ALL'] },
                  runAsNonRoot: true,
                },
                ...container,
              },
            ],
            volumes: container.volumeMounts?.map(({ name: volume }) => ({ name: volume, emptyDir: {} })),
          },
        },
      },
    });
  }

  /** Lets requests for a host in, and sends those for some paths to a service. It leads to no service under test. */
  private addRoute(service: string, host: string, paths: string[]): void {
    new Gateway(this, 'gateway', {
      metadata: { name: 'bookinfo-gateway' },
      spec: {
        selector: { istio: 'ingressgateway' },
        servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: [host] }],
      },
    });
    new VirtualService(this, 'route', {
      metadata: { name: 'bookinfo' },
      spec: {
        hosts: [host],
        gateways: ['bookinfo-gateway'],
        http: [
          {
            match: paths.map((prefix) => ({ uri: { prefix } })),
            route: [{ destination: { host: service, port: { number: PORT } } }],
          },
        ],
      },
    });
  }
}
