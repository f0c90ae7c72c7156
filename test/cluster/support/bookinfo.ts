import { eventually, find, kubectl, list } from './kubectl';
import { Repository, reviews } from './repository';

export const BUSYBOX = 'registry.registry.svc.cluster.local:5000/busybox';

/** The label that iter8 gives to all of its routing, in all versions. */
export const ROUTED = 'iter8-tools/role';

const namespaces: string[] = [];

/** Removes the namespaces that were made; their pods take time that other tests need. */
export async function removeAll(): Promise<void> {
  await Repository.closeAll();
  await kubectl(['delete', 'namespace', '--ignore-not-found', '--wait=false', ...namespaces.splice(0)]);
}

/** An empty namespace, which is removed in the end. */
export async function use(namespace: string): Promise<void> {
  await kubectl(['delete', 'namespace', namespace, '--ignore-not-found', '--wait=true', '--timeout=120s']);
  namespaces.push(namespace);
  await kubectl(['create', 'namespace', namespace]);
}

/** A namespace with the parts of bookinfo that requests pass on their way to reviews, and its Service. */
export async function bookinfo(namespace: string): Promise<void> {
  await use(namespace);
  const host = `${namespace}.example.com`;
  await apply(namespace, [
    service('reviews'),
    service('productpage'),
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'productpage' },
      data: {
        productpage:
          "#!/bin/sh\npage=$(wget -q -O - http://reviews:9080/cgi-bin/reviews) || { printf 'Status: 502 Bad Gateway\\r\\n\\r\\n'; exit; }\nprintf 'Content-Type: text/plain\\r\\n\\r\\n%s' \"$page\"\n",
      },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'productpage' },
      spec: {
        selector: { matchLabels: { app: 'productpage' } },
        template: {
          metadata: { labels: { app: 'productpage', 'sidecar.istio.io/inject': 'true' } },
          spec: {
            terminationGracePeriodSeconds: 1,
            containers: [
              {
                name: 'productpage',
                image: BUSYBOX,
                command: ['httpd', '-f', '-p', '9080', '-h', '/www'],
                ports: [{ containerPort: 9080 }],
                volumeMounts: [{ name: 'page', mountPath: '/www/cgi-bin' }],
              },
            ],
            volumes: [{ name: 'page', configMap: { name: 'productpage', defaultMode: 0o755 } }],
          },
        },
      },
    },
    {
      apiVersion: 'networking.istio.io/v1beta1',
      kind: 'Gateway',
      metadata: { name: 'bookinfo-gateway' },
      spec: {
        selector: { istio: 'ingressgateway' },
        servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: [host, `reviews.${host}`] }],
      },
    },
    {
      apiVersion: 'networking.istio.io/v1beta1',
      kind: 'VirtualService',
      metadata: { name: 'bookinfo' },
      spec: {
        hosts: [host],
        gateways: ['bookinfo-gateway'],
        http: [
          {
            match: [{ uri: { prefix: '/productpage' } }],
            rewrite: { uri: '/cgi-bin/productpage' },
            route: [{ destination: { host: `productpage.${namespace}.svc.cluster.local`, port: { number: 9080 } } }],
          },
        ],
      },
    },
  ]);
}

/** Makes a version of reviews live without a pipeline. */
export async function makeLive(namespace: string, name: string, version?: string): Promise<void> {
  const live: any = reviews(name, BUSYBOX, version === undefined ? {} : { version });
  const script = [
    'mkdir -p /tmp/www/cgi-bin',
    'printf \'#!/bin/sh\\nprintf "Content-Type: text/plain\\\\r\\\\n\\\\r\\\\nversion 1"\\n\' >/tmp/www/cgi-bin/reviews',
    'chmod 755 /tmp/www/cgi-bin/reviews',
    'echo well >/tmp/www/health',
    'exec httpd -f -p 9080 -h /tmp/www',
  ];
  live.spec.template.spec.containers[0].command = ['sh', '-c', script.join('\n')];
  await apply(namespace, [live]);
  await ready(namespace, name);
}

/** Waits for a Deployment. */
export async function ready(namespace: string, name: string): Promise<void> {
  await eventually(`Deployment ${name} is ready`, namespace, 90, async () => {
    const status = (await find(namespace, 'deployment', name))?.status;
    return status?.availableReplicas >= 1 ? true : undefined;
  });
}

export async function apply(namespace: string, objects: readonly object[]): Promise<void> {
  await kubectl(
    ['-n', namespace, 'apply', '-f', '-'],
    JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }),
  );
}

/** Names of the Deployments of reviews. */
export async function versions(namespace: string): Promise<string[]> {
  const all = await list(namespace, 'deployments');
  return all
    .map((deployment) => deployment.metadata.name)
    .filter((name) => name.startsWith('reviews'))
    .sort();
}

/** For each Deployment of reviews the share of the traffic that it gets, in percent; where nothing routes it, of one alone. */
export async function traffic(namespace: string): Promise<Record<string, number>> {
  const routes = (await list(namespace, 'virtualservices', ROUTED)).flatMap((each) => each.spec.http[0].route);
  const subsets = (await list(namespace, 'destinationrules', ROUTED)).flatMap((each) => each.spec.subsets);
  const deployments = (await list(namespace, 'deployments')).filter((each) => each.metadata.name.startsWith('reviews'));
  if (routes.length === 0 && deployments.length === 1) {
    return { [deployments[0].metadata.name]: 100 };
  }
  const shares: Record<string, number> = {};
  for (const deployment of deployments) {
    const labels = deployment.spec.template.metadata.labels;
    shares[deployment.metadata.name] = routes
      .filter(({ destination }) => {
        const subset = subsets.find((each) => each.name === destination.subset);
        return Object.entries(subset?.labels ?? {}).every(([key, value]) => labels[key] === value);
      })
      .reduce((sum, route) => sum + (route.weight ?? (routes.length === 1 ? 100 : 0)), 0);
  }
  return shares;
}

function service(name: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { selector: { app: name }, ports: [{ name: 'http', port: 9080, targetPort: 9080 }] },
  };
}
