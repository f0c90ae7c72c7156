import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Chart } from 'cdk8s';
import { BuildTask, CredentialsSecret, Pipeline, PipelineRun, TaskServiceAccount } from '../../lib';
import { apply, removeAll, use } from './support/bookinfo';
import { kubectl } from './support/kubectl';
import { end, type Outcome, start } from './support/run';

jest.setTimeout(600_000);

const NAMESPACE = 'credentials';
const IMAGE = join(__dirname, '../../../shared/cluster/image');
/** A registry and an SSH server are made of programs of this machine. */
const ready = [IMAGE, '/usr/bin/docker-registry', '/usr/sbin/sshd'].every((file) => existsSync(file));
const here = ready ? test : test.skip;
const folder = mkdtempSync(join(tmpdir(), 'credentials-'));
const file = (name: string) => readFileSync(join(folder, name), 'utf8');

const REGISTRY = `registry.${NAMESPACE}.svc.cluster.local:5000`;
const SSH = `git.${NAMESPACE}.svc.cluster.local`;
const user = { username: 'team', password: 'correct' };
/** Of the password, for the registry. */
const HASH = '$2b$05$E4C.AE3Of1nBsSLH.C8WbOJyx.h4Tr/d/uPo6JIGGuKdPwidgRyny';

afterAll(async () => {
  rmSync(folder, { recursive: true });
  await removeAll();
});

/** A Deployment of one container, with its files in a ConfigMap, and a Service. */
function server(name: string, image: string, script: string, ports: number[], data: Record<string, string>): object[] {
  const labels = { app: name };
  const container = {
    name,
    image: `localhost:5000/${image}`,
    command: ['sh', '-euc', script],
    readinessProbe: { tcpSocket: { port: ports[0] }, periodSeconds: 1 },
    volumeMounts: [{ name: 'files', mountPath: '/files' }],
  };
  const volumes = [{ name: 'files', configMap: { name, defaultMode: 0o755 } }];
  const spec = { terminationGracePeriodSeconds: 1, containers: [container], volumes };
  return [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name },
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name },
      spec: { selector: labels, ports: ports.map((port) => ({ name: `port-${port}`, port })) },
    },
  ];
}

const GIT = `
git init -q -b main /tmp/work
cd /tmp/work
echo FROM scratch >Dockerfile
echo 'COPY Dockerfile /' >>Dockerfile
git add -A
git -c user.name=test -c user.email=test@example.com commit -q -m one
git clone -q --bare /tmp/work /srv/app.git
chown -R 1000 /srv/app.git
ln -sf /usr/bin/git /usr/bin/git-upload-pack
mkdir -p /www/cgi-bin /run/sshd /var/empty
cp /files/git-http /www/cgi-bin/git
cp /files/host-key /tmp/host-key
chmod 600 /tmp/host-key
/usr/sbin/sshd -f /files/sshd-config
exec httpd -f -p 8080 -h /www -c /files/httpd-config`;

/** A registry and a Git server, which both ask who is there. */
async function servers(): Promise<void> {
  const key = (name: string) => execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)]);
  ['host', 'user', 'other'].forEach(key);
  const push = (name: string, ...args: string[]) =>
    execFileSync(IMAGE, ['--ref', `localhost:5000/${name}`, ...args], { stdio: 'ignore' });
  const people = ['root:x:0:0::/root', 'sshd:x:100:100::/run/sshd', 'git:x:1000:1000::/srv', 'nobody:x:65534:65534::/'];
  writeFileSync(join(folder, 'passwd'), people.map((line) => `${line}:/bin/sh\n`).join(''));
  push('credentials-registry', '--base', 'localhost:5000/busybox', '--exe', '/usr/bin/docker-registry');
  push(
    'credentials-git',
    '--base',
    'localhost:5000/git',
    '--exe',
    '/usr/sbin/sshd',
    '--file',
    `${join(folder, 'passwd')}=/etc/passwd`,
  );
  await apply(NAMESPACE, [
    ...server('registry', 'credentials-registry', 'exec docker-registry serve /files/config.yaml', [5000], {
      htpasswd: `${user.username}:${HASH}\n`,
      'config.yaml': [
        'version: 0.1',
        'storage: { filesystem: { rootdirectory: /tmp/registry } }',
        'http: { addr: ":5000" }',
        'auth: { htpasswd: { realm: test, path: /files/htpasswd } }',
      ].join('\n'),
    }),
    ...server('git', 'credentials-git', GIT, [8080, 22], {
      'host-key': file('host'),
      'authorized-keys': file('user.pub'),
      'sshd-config': [
        'HostKey /tmp/host-key',
        'AuthorizedKeysFile /files/authorized-keys',
        'StrictModes no',
        'PasswordAuthentication no',
        'PidFile none',
      ].join('\n'),
      'git-http':
        '#!/bin/sh\nexport GIT_PROJECT_ROOT=/srv GIT_HTTP_EXPORT_ALL=1 GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0="*"\nexec git http-backend\n',
      'httpd-config': `/cgi-bin:${user.username}:${user.password}\n`,
    }),
  ]);
  await kubectl(['-n', NAMESPACE, 'wait', 'deployment', '--all', '--for=condition=Available', '--timeout=120s']);
}

/** Starts a build with these Secrets. */
async function build(
  name: string,
  repository: string,
  secrets: (chart: Chart) => CredentialsSecret[],
): Promise<string> {
  const app = new App();
  const chart = new Chart(app, name, { namespace: NAMESPACE });
  const secretNames = secrets(chart).map((secret) => secret.name);
  const account = new TaskServiceAccount(chart, 'account', { name, secretNames });
  const pipeline = new Pipeline(chart, 'pipeline', { metadata: { name } });
  new BuildTask(chart, 'task', { name }).addTo(pipeline, {
    repository,
    image: `${REGISTRY}/team/${name}`,
    serviceAccountName: account.name,
  });
  const runs = new Chart(app, `${name}-runs`, { namespace: NAMESPACE });
  new PipelineRun(runs, 'run', { pipeline });
  await apply(NAMESPACE, chart.toJson());
  return start(runs.toJson()[0], {});
}

const REPOSITORY_SSH = `ssh://git@${SSH}/srv/app.git`;
const REPOSITORY_HTTP = `http://git.${NAMESPACE}:8080/cgi-bin/git/app.git`;

const registryPassword = (chart: Chart, name: string, password = user.password) =>
  CredentialsSecret.registryBasicAuth(chart, name, { ...user, registry: REGISTRY, password });
const gitPassword = (chart: Chart, name: string, password = user.password) =>
  CredentialsSecret.gitBasicAuth(chart, name, { ...user, host: `git.${NAMESPACE}:8080`, insecure: true, password });
const gitKey = (chart: Chart, name: string, host = 'host', key = 'user') =>
  CredentialsSecret.gitSshAuth(chart, name, {
    host: SSH,
    privateKey: file(key),
    knownHosts: `${SSH} ${file(`${host}.pub`)}`,
  });

here('a private repository is built, and pushed to a registry that asks for a password', async () => {
  await use(NAMESPACE);
  await servers();
  const auth = Buffer.from(`${user.username}:${user.password}`).toString('base64');
  const config = JSON.stringify({ auths: { [REGISTRY]: { auth } } });
  const started = {
    key: await build('key', REPOSITORY_SSH, (chart) => [gitKey(chart, 'key'), registryPassword(chart, 'key-registry')]),
    password: await build('password', REPOSITORY_HTTP, (chart) => [
      gitPassword(chart, 'password'),
      CredentialsSecret.registryDockerConfig(chart, 'password-registry', { config }),
    ]),
    'wrong-registry': await build('wrong-registry', REPOSITORY_HTTP, (chart) => [
      gitPassword(chart, 'wrong-registry'),
      registryPassword(chart, 'wrong-registry-registry', 'wrong'),
    ]),
    'wrong-password': await build('wrong-password', REPOSITORY_HTTP, (chart) => [
      gitPassword(chart, 'wrong-password', 'wrong'),
    ]),
    'wrong-key': await build('wrong-key', REPOSITORY_SSH, (chart) => [gitKey(chart, 'wrong-key', 'host', 'other')]),
    'wrong-host': await build('wrong-host', REPOSITORY_SSH, (chart) => [gitKey(chart, 'wrong-host', 'other')]),
  };
  const outcomes: Record<string, Outcome> = {};
  for (const [name, run] of Object.entries(started)) {
    outcomes[name] = await end(NAMESPACE, run, 300);
  }
  const log = (name: string) => outcomes[name].logs.build;
  const succeeded = Object.keys(outcomes).filter((name) => outcomes[name].succeeded);
  expect([succeeded, Object.keys(outcomes).map(log).join('\n')]).toEqual([['key', 'password'], expect.any(String)]);
  expect(log('wrong-registry')).toMatch(/unauthorized|UNAUTHORIZED/);
  expect(log('wrong-password')).toMatch(
    /ERROR: can't fetch 'HEAD' of .*: fatal: Authentication failed .*; check .* the Git secret/,
  );
  expect(log('wrong-key')).toMatch(
    /ERROR: can't fetch 'HEAD' of .*: .*Permission denied \(publickey.*\)\.; check .* the Git secret/,
  );
  expect(log('wrong-host')).toMatch(
    /ERROR: can't fetch 'HEAD' of .*: .*Host key verification failed.*; check .* the Git secret/,
  );
});
