import { CredentialsSecret } from '../../lib';
import { manifests, newChart } from '../support/synth';

const PRIVATE_KEY = '-----BEGIN OPENSSH PRIVATE KEY-----\nYWJj\n-----END OPENSSH PRIVATE KEY-----\n';

test.each([
  ['registry.example.com', 'https://registry.example.com'],
  ['localhost:5000', 'https://localhost:5000'],
  ['docker.io', 'https://index.docker.io/v1/'],
  ['index.docker.io', 'https://index.docker.io/v1/'],
])('a password for registry %s is for %s', (registry, address) => {
  const chart = newChart();
  const props = { registry, username: 'team', password: 'a "b"\n: c' };
  expect(CredentialsSecret.registryBasicAuth(chart, 'registry', props).name).toBe('registry');
  expect(manifests(chart)).toEqual([
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'registry', namespace: 'team', annotations: { 'tekton.dev/docker-0': address } },
      type: 'kubernetes.io/basic-auth',
      stringData: { username: 'team', password: 'a "b"\n: c' },
    },
  ]);
});

test("Docker's own file is kept as it is", () => {
  const chart = newChart();
  const config = '{"auths":{"registry.example.com":{"auth":"YTpi"}}}';
  expect(CredentialsSecret.registryDockerConfig(chart, 'registry', { config, name: 'push' }).name).toBe('push');
  expect(manifests(chart)).toEqual([
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'push', namespace: 'team' },
      type: 'kubernetes.io/dockerconfigjson',
      stringData: { '.dockerconfigjson': config },
    },
  ]);
});

test('a password for Git is for one server', () => {
  const chart = newChart();
  const props = { username: 'team', password: 'secret' };
  CredentialsSecret.gitBasicAuth(chart, 'git', { ...props, host: 'git.example.com:8443' });
  CredentialsSecret.gitBasicAuth(chart, 'test', { ...props, host: 'git.example.com', insecure: true });
  expect(manifests(chart).map(({ type, metadata, stringData }) => [type, metadata.annotations, stringData])).toEqual([
    ['kubernetes.io/basic-auth', { 'tekton.dev/git-0': 'https://git.example.com:8443' }, props],
    ['kubernetes.io/basic-auth', { 'tekton.dev/git-0': 'http://git.example.com' }, props],
  ]);
});

test('a key for Git comes with those of the server, and ends with a line break', () => {
  const chart = newChart();
  const props = { host: 'git.example.com', knownHosts: 'git.example.com ssh-ed25519 AAAA' };
  CredentialsSecret.gitSshAuth(chart, 'git', { ...props, privateKey: PRIVATE_KEY.trimEnd() });
  expect(manifests(chart)[0]).toMatchObject({
    type: 'kubernetes.io/ssh-auth',
    metadata: { annotations: { 'tekton.dev/git-0': 'git.example.com' } },
    stringData: { 'ssh-privatekey': PRIVATE_KEY, known_hosts: props.knownHosts },
  });
});

test('what is missing or wrong is refused, and no error shows a secret', () => {
  const chart = newChart();
  const user = { username: 'team', password: 'secret' };
  const fix = 'fix: set the variable of the environment that it is taken from';
  const { registryBasicAuth, registryDockerConfig, gitBasicAuth, gitSshAuth } = CredentialsSecret;
  const host = 'git.example.com';
  const absent = process.env.CDK8S_ITER8_NO_SUCH_VARIABLE as string;
  for (const [make, message] of [
    [
      () => registryBasicAuth(chart, 'a', { ...user, registry: 'registry.example.com', password: absent }),
      `chart/a: password is not given; expected a text; ${fix}`,
    ],
    [
      () => registryBasicAuth(chart, 'b', { ...user, registry: 'registry.example.com', username: ' ' }),
      `chart/b: username is empty; expected a text; ${fix}`,
    ],
    [
      () => registryBasicAuth(chart, 'c', { ...user, registry: 'https://registry.example.com' }),
      'chart/c: registry is "https://registry.example.com"; expected a registry such as registry.example.com; fix: give registry another value',
    ],
    [
      () => registryDockerConfig(chart, 'd', { config: 'secret' }),
      'chart/d: config is no JSON with "auths"; expected what "docker login" writes into config.json; fix: give the text of that file',
    ],
    [() => registryDockerConfig(chart, 'e', { config: '{"a":1}' }), 'chart/e: config is no JSON with "auths"'],
    [
      () => gitBasicAuth(chart, 'f', { ...user, host: 'https://git.example.com' }),
      'chart/f: host is "https://git.example.com"; expected a host such as git.example.com, without https://',
    ],
    [
      () => gitSshAuth(chart, 'g', { host, privateKey: '/home/secret', knownHosts: 'x' }),
      "chart/g: privateKey is no private key; expected one that begins with -----BEGIN; fix: give the text of the key's file, not its name",
    ],
    [
      () => gitSshAuth(chart, 'h', { host, privateKey: PRIVATE_KEY, knownHosts: '' }),
      `chart/h: knownHosts is empty; expected a text; ${fix}`,
    ],
    [() => gitBasicAuth(chart, 'i', { ...user, host, name: 'Git' }), 'chart/i: the name of a Secret is "Git"'],
  ] as const) {
    expect(make).toThrow(message);
    expect(make).not.toThrow('secret"');
  }
});
