import { apply, BUSYBOX, ready } from './bookinfo';
import { kubectl } from './kubectl';

/** A webhook in a namespace that keeps what is posted; its URL is in the Secret `receiver`. */
export async function receiver(namespace: string): Promise<void> {
  const metadata = { name: 'receiver' };
  const hook = "#!/bin/sh\ncat >>/tmp/posts; echo >>/tmp/posts\nprintf 'Content-Type: text/plain\\r\\n\\r\\nok'\n";
  const labels = { app: 'receiver' };
  await apply(namespace, [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { hook } },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            terminationGracePeriodSeconds: 1,
            containers: [
              {
                name: 'receiver',
                image: BUSYBOX,
                command: ['httpd', '-f', '-p', '8080', '-h', '/www'],
                ports: [{ containerPort: 8080 }],
                volumeMounts: [{ name: 'hook', mountPath: '/www/cgi-bin' }],
              },
            ],
            volumes: [{ name: 'hook', configMap: { name: 'receiver', defaultMode: 0o755 } }],
          },
        },
      },
    },
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { selector: labels, ports: [{ port: 8080 }] } },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata,
      stringData: { url: `http://receiver.${namespace}:8080/cgi-bin/hook` },
    },
  ]);
  await ready(namespace, 'receiver');
}

/** What was posted, the last first. */
export async function posts(namespace: string): Promise<any[]> {
  const text = await kubectl(['-n', namespace, 'exec', 'deploy/receiver', '--', 'cat', '/tmp/posts']);
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .reverse();
}
