import { GitSource, Images, Kaniko, LoadProfile } from '../../lib';

const defaults = {
  tools: 'docker.io/alpine/k8s:1.34.1',
  git: 'docker.io/alpine/git:v2.52.0',
  kaniko: 'ghcr.io/osscontainertools/kaniko:v1.28.3',
  fortio: 'docker.io/fortio/fortio:1.69.5',
};

function catalogue(images: Images): object {
  return { tools: images.tools, git: images.git, kaniko: images.kaniko, fortio: images.fortio };
}

test('every image has a fixed version, and can be replaced', () => {
  expect(catalogue(Images.of())).toEqual(defaults);
  for (const name of Object.keys(defaults)) {
    expect(catalogue(Images.of({ [name]: 'example.com/mine:1' }))).toEqual({
      ...defaults,
      [name]: 'example.com/mine:1',
    });
  }
  expect(Images.of().all).toEqual(Object.values(defaults));
});

test('a mirror has the same images, but for those that are replaced', () => {
  expect(catalogue(Images.mirror('registry.example.com/mirror', { fortio: 'example.com/fortio:1' }))).toEqual({
    tools: 'registry.example.com/mirror/alpine/k8s:1.34.1',
    git: 'registry.example.com/mirror/alpine/git:v2.52.0',
    kaniko: 'registry.example.com/mirror/osscontainertools/kaniko:v1.28.3',
    fortio: 'example.com/fortio:1',
  });
});

test('what is no image and no registry is refused', () => {
  expect(() => Images.mirror('https://registry.example.com')).toThrow(
    'Images.mirror: registry is "https://registry.example.com"',
  );
});

test.each([
  'a b',
  'example.com/a',
  'example.com/a:latest',
  'example.com:5000/a',
  '$(params.image)',
  'example.com/$(params.a):1',
])('%s is no image with a fixed version', (tools) => {
  expect(() => Images.of({ tools })).toThrow(
    `Images: tools is "${tools}"; expected an image with a version other than latest: registry.example.com/team/name:version; fix: give tools another value`,
  );
});

test.each([
  'example.com/a:1',
  'example.com:5000/a:latest-1',
  `example.com/a@sha256:${'0'.repeat(64)}`,
  `example.com/a:latest@sha256:${'0'.repeat(64)}`,
])('%s is an image with a fixed version', (tools) => {
  expect(Images.of({ tools }).tools).toBe(tools);
});

test.each([
  'https://git.example.com/team/service',
  'http://git.example.com:8080/team/service.git',
  'https://dev.example.com/team/a%20project/_git/service',
  'ssh://git@git.example.com:22/team/service.git',
  'ssh://git.example.com/service',
])('%s is a repository', (url) => {
  expect(GitSource.repository(url, { revision: 'feature/a_1.2', secretName: 'git' })).toMatchObject({
    url,
    revision: 'feature/a_1.2',
    secretName: 'git',
  });
});

test.each([
  '--upload-pack=touch /tmp/x',
  'ext::sh -c touch% /tmp/x',
  'file:///etc/passwd',
  '/etc/passwd',
  'https://user:password@git.example.com/team/service',
  'https://git.example.com/a b',
  'https://git.example.com/a;reboot',
  'https://git.example.com/a\nb',
  'https://-x/y',
  '-oProxy@h:x',
  'ssh://git:password@git.example.com/team/service',
  'ssh://-oProxyCommand=x/team',
  'ssh://-oProxyCommand@git.example.com/team',
  'git@git.example.com:team/service.git',
  'https://git.example.com/a%2',
  '$(params.repository)',
  'https://$(params.host)/a',
  '',
])('%j is no repository', (url) => {
  expect(() => GitSource.repository(url)).toThrow(
    `GitSource.repository: url is ${JSON.stringify(url)}; expected a URL without a password: https://git.example.com/team/service or ssh://git@git.example.com/team/service; fix: put user and password in a Secret`,
  );
});

test.each([
  '-q',
  '--upload-pack=x',
  'a..b',
  'a b',
  'a;b',
  'a`b`',
  'HEAD@{1}',
  'a//b',
  'HEAD~1',
  '$(params.x)',
  'x'.repeat(256),
  'a\n',
  '',
])('%j is no revision', (revision) => {
  expect(() => GitSource.repository('https://git.example.com/a/b', { revision })).toThrow(
    `GitSource.repository: revision is ${JSON.stringify(revision)}; expected a branch, a tag or a commit`,
  );
});

test.each(['A', 'a b', '$(params.x)', ''])('%j is no name of a Secret', (secretName) => {
  expect(() => GitSource.repository('https://git.example.com/a/b', { secretName })).toThrow(
    `GitSource.repository: secretName is ${JSON.stringify(secretName)}; expected at most 253 lower-case letters`,
  );
});

const target = { service: 'reviews', namespace: 'bookinfo' };

test('requests through the ingress gateway have a Host header', () => {
  const profile = LoadProfile.constantRate({ host: 'bookinfo.example.com', path: '/productpage', perSecond: 20 });
  expect(profile._params('here', target)).toEqual({
    url: 'http://istio-ingressgateway.istio-system/productpage',
    host: 'bookinfo.example.com',
    'per-second': '20',
    connections: '4',
    mesh: 'false',
  });
  const other = LoadProfile.constantRate({ host: 'a', gateway: 'gate.ways:8080', connections: 9, perSecond: 0.5 });
  expect(other._params('here', target)).toMatchObject({
    url: 'http://gate.ways:8080/',
    connections: '9',
    'per-second': '0.5',
  });
});

test('requests from inside the mesh go to the Service', () => {
  const profile = LoadProfile.constantRate({ mesh: true, port: 9080, path: '/reviews/0', perSecond: 1 });
  expect(profile._params('here', target)).toMatchObject({
    url: 'http://reviews.bookinfo:9080/reviews/0',
    host: '',
    mesh: 'true',
  });
  const plain = LoadProfile.constantRate({ mesh: true, perSecond: 1 });
  expect(plain._params('here', target)).toMatchObject({ url: 'http://reviews.bookinfo/' });
  expect(plain._params('here', { ...target, port: 9080 })).toMatchObject({ url: 'http://reviews.bookinfo:9080/' });
});

test('what the caller does to its props afterwards changes nothing', () => {
  const props = { host: 'a', perSecond: 1 };
  const profile = LoadProfile.constantRate(props);
  props.perSecond = 1_000_000;
  expect(profile._params('here', target)['per-second']).toBe('1');
});

test.each([
  'reviews',
  'reviews.bookinfo',
  'REVIEWS.bookinfo',
  'reviews.bookinfo.svc',
  'reviews.bookinfo.svc.cluster.local:9080',
])('requests straight to %s would pass the routing', (host) => {
  const profile = LoadProfile.constantRate({ url: `http://${host}/`, perSecond: 1 });
  expect(() => profile._params('here', target)).toThrow(
    `here: the load's url is http://${host}/, which leads to the service under test past the routing; expected a way that the routing sees; fix: give host, to go through Istio's ingress gateway, or mesh: true, to come from inside the mesh`,
  );
});

test('requests to another service are allowed', () => {
  const profile = LoadProfile.constantRate({
    url: 'http://productpage.bookinfo:9080/productpage?u=normal',
    perSecond: 1,
  });
  expect(profile._params('here', target).url).toBe('http://productpage.bookinfo:9080/productpage?u=normal');
});

test.each<[object, string]>([
  [{}, 'the way to the service is {"mesh":false}; expected exactly one of host'],
  [{ host: 'a', mesh: true }, 'the way to the service is {"host":"a","mesh":true}; expected exactly one of host'],
  [{ host: 'a', perSecond: 0 }, 'perSecond is 0; expected a number from 0.001 to 100000'],
  [{ host: 'a', connections: 0 }, 'connections is 0; expected a number from 1 to 9999'],
  [{ mesh: true, port: 70000 }, 'port is 70000; expected a number from 1 to 65535'],
  [{ host: 'a', path: 'b' }, 'path is "b"; expected "/" and what may stand in the path of a URL'],
  [{ host: 'a', path: '/a b' }, 'path is "/a b"'],
  [{ host: 'a\r\nX: y' }, 'host is "a\\r\\nX: y"; expected a DNS name'],
  [{ url: 'ftp://a/' }, 'url is "ftp://a/"; expected an http or https URL'],
  [{ host: '' }, 'host is ""; expected a DNS name'],
  [{ url: 'http://reviews.bookinfo.svc.cluster.local./' }, 'url is "http://reviews.bookinfo.svc.cluster.local./"'],
  [{ host: 'a', gateway: 'A.b' }, `gateway is "A.b"; expected the Service's name, namespace and perhaps port`],
  [{ host: 'a', gateway: '$(params.x)' }, 'gateway is "$(params.x)"'],
  [
    { host: 'a', perSecond: 1 / 3 },
    'perSecond is 0.3333333333333333; expected at most 3 decimals; fix: round perSecond',
  ],
  [{ host: 'a', perSecond: 0.0015 }, 'perSecond is 0.0015; expected at most 3 decimals'],
  [{ host: 'a', perSecond: Number.NaN }, 'perSecond is NaN; expected a number from 0.001'],
  [{ url: 'http://a/', path: '/b' }, 'path is "/b"; expected none with url, only with host and mesh; fix: remove it'],
  [{ url: 'http://a/', port: 80 }, 'port is 80; expected none with url, only with mesh'],
  [{ host: 'a', port: 80 }, 'port is 80; expected none with host, only with mesh'],
  [{ mesh: true, gateway: 'a.b' }, 'gateway is "a.b"; expected none with mesh, only with host'],
  [{ url: 'http://a/', gateway: 'a.b' }, 'gateway is "a.b"; expected none with url, only with host'],
])('%j is refused', (props, message) => {
  expect(() => LoadProfile.constantRate({ perSecond: 1, ...props })).toThrow(`LoadProfile.constantRate: ${message}`);
});

test('wrong flags for kaniko are refused', () => {
  expect(() => new Kaniko({ insecureRegistries: ['http://a'] })).toThrow(
    'Kaniko: insecureRegistries is "http://a"; expected host:port',
  );
  expect(() => new Kaniko({ insecureRegistries: ['$(params.x)'] })).toThrow('insecureRegistries is "$(params.x)"');
  expect(() => new Kaniko({ extraArgs: ['cache'] })).toThrow(
    'Kaniko: extraArgs is "cache"; expected --name or --name=value',
  );
});
