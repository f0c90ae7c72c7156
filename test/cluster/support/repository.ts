import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { kubectl } from './kubectl';

const REGISTRY = 'registry.registry.svc.cluster.local:5000';

/** How a version of the reviews service behaves. */
export interface Version {
  /** What its page says. */
  readonly says: string;
  /** Seconds that it takes for an answer. */
  readonly takes?: number;
  /** Whether its readiness probe never succeeds. */
  readonly neverReady?: boolean;
  /** Seconds until its readiness probe succeeds. */
  readonly readyAfter?: number;
  /** Whether it ends as soon as it is started. */
  readonly crashes?: boolean;
  /** Manifests that come with its Deployment. */
  readonly others?: readonly object[];
}

/** A Git repository with the sources and the manifests of bookinfo's reviews service, on the cluster's Git server. */
export class Repository {
  /** Its URL for pods. */
  public readonly url: string;
  private static readonly all: Repository[] = [];
  private readonly folder = mkdtempSync(join(tmpdir(), 'reviews-'));

  private constructor(
    name: string,
    private readonly remote: string,
  ) {
    this.url = `http://git.git/${name}.git`;
    Repository.all.push(this);
  }

  /** Makes it, empty. */
  public static async create(name: string): Promise<Repository> {
    const git = ['-n', 'git', 'exec', 'deploy/git', '--', 'git'];
    const folder = `/repositories/${name}.git`;
    await kubectl(['-n', 'git', 'exec', 'deploy/git', '--', 'rm', '-rf', folder]);
    await kubectl([...git, 'init', '-q', '--bare', '-b', 'main', folder]);
    await kubectl([...git, '-C', folder, 'config', 'http.receivepack', 'true']);
    const address = await kubectl(['-n', 'git', 'get', 'service', 'git', '-o', 'jsonpath={.spec.clusterIP}']);
    const repository = new Repository(name, `http://${address}/${name}.git`);
    repository.git('init', '-q', '-b', 'main');
    return repository;
  }

  /** Commits a version, pushes it to the default branch, and gives the commit. */
  public async push(version: Version): Promise<string> {
    const script = [
      '#!/bin/sh',
      `sleep ${version.takes ?? 0}`,
      `printf 'Content-Type: text/plain\\r\\n\\r\\n${version.says}'`,
    ];
    const health = version.neverReady ? '' : `(sleep ${version.readyAfter ?? 0}; echo well >/tmp/www/health) &`;
    const command = version.crashes
      ? 'echo no configuration; exit 3'
      : `cp -r /www /tmp/www; ${health} exec httpd -f -p 9080 -h /tmp/www`;
    const { others = [] } = version;
    const resources = ['deployment.yaml', ...others.map((_, i) => `other-${i}.yaml`)];
    return this.commit(version.says, {
      'www/cgi-bin/reviews': `${script.join('\n')}\n`,
      Dockerfile: `FROM ${REGISTRY}/busybox\nCOPY www /www\nCMD ${JSON.stringify(['sh', '-c', command])}\n`,
      'kustomize/kustomization.yaml': JSON.stringify({ resources }),
      ...Object.fromEntries(others.map((other, i) => [`kustomize/other-${i}.yaml`, JSON.stringify(other)])),
      'kustomize/deployment.yaml': JSON.stringify(reviews('reviews', 'reviews'), undefined, 2),
    });
  }

  /** Commits files beside those that are there, pushes that to the default branch, and gives the commit. */
  public async commit(message: string, files: Record<string, string>): Promise<string> {
    for (const [path, text] of Object.entries(files)) {
      const file = join(this.folder, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text, { mode: text.startsWith('#!') ? 0o755 : 0o644 });
    }
    this.git('add', '-A');
    this.git(
      '-c',
      'user.name=test',
      '-c',
      'user.email=test@example.com',
      'commit',
      '-q',
      '--allow-empty',
      '-m',
      message,
    );
    this.git('push', '-q', this.remote, 'HEAD:main');
    return this.git('rev-parse', 'HEAD').trim();
  }

  /** Removes the local copies. */
  public static async closeAll(): Promise<void> {
    for (const { folder } of Repository.all.splice(0)) {
      await rm(folder, { recursive: true, force: true });
    }
  }

  private git(...args: string[]): string {
    return execFileSync('git', ['-C', this.folder, ...args], { encoding: 'utf8' });
  }
}

/** The Deployment of the reviews service. */
export function reviews(name: string, image: string, labels: Record<string, string> = {}): object {
  const all = { app: 'reviews', ...labels };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      selector: { matchLabels: all },
      template: {
        metadata: { labels: all },
        spec: {
          terminationGracePeriodSeconds: 1,
          containers: [
            {
              name: 'reviews',
              image,
              ports: [{ containerPort: 9080 }],
              readinessProbe: { httpGet: { path: '/health', port: 9080 }, periodSeconds: 1 },
            },
          ],
        },
      },
    },
  };
}
