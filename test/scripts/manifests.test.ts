import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { longTest } from '../support/extent';
import { CANARY, HOSTILE } from '../support/hostile-values';
import { holdTraffic, manifest, pods } from '../support/manifests';
import type { TaskOutcome } from '../support/tekton/task-runner';
import { World, type WorldOptions } from '../support/world';

jest.setTimeout(240_000);
const IMAGE = `registry.example.com/reviews@sha256:${'0'.repeat(64)}`;
const RUN = 'cdk8s-iter8/created-by';
/** What docs/operation.md says for manifests with a ServiceAccount. */
const allow = { group: '', resources: ['serviceaccounts'], verbs: ['get', 'create', 'patch', 'list', 'delete'] };
const APP = { app: 'reviews' };
let world: World;

async function begin(options: WorldOptions = {}): Promise<void> {
  world = await World.start({ allow, ...options });
  if (options.live === false) {
    world.lease({ candidate: 'reviews-1234567' });
  } else {
    holdTraffic(world);
  }
}

afterEach(async () => {
  await world.stop();
});

const object = (kind: string, name: string) => world.cluster.find(kind, world.namespace, name);
const lastLine = ({ log }: TaskOutcome) => log.trim().split('\n').pop() ?? '';
const commit = (files: Record<string, string>) =>
  world.git.commit({
    ...Object.fromEntries(Object.entries(files).map(([name, text]) => [`kustomize/${name}`, text])),
  });
const kustomization = (files: Record<string, string>, more = '') => ({
  ...files,
  'kustomization.yaml': `resources: ${JSON.stringify(Object.keys(files))}\n${more}`,
});

/** Deploys a commit. */
const deploy = (id: string, params: Record<string, string> = {}) =>
  world.task(
    'deploy',
    { commit: id, image: IMAGE, baseline: 'reviews-v1', candidate: 'reviews-1234567', ...params },
    { API_SECONDS: '15' },
  );

/** The run ends without a winner. */
const lose = () => world.task('finish', { tasks: ['deploy=Failed:Failed'] });

async function succeeds(outcome: Promise<TaskOutcome>): Promise<string> {
  const { status, log } = await outcome;
  expect([status, log]).toEqual(['Succeeded', expect.any(String)]);
  return log;
}

async function refuses(outcome: Promise<TaskOutcome>, message: string): Promise<void> {
  const done = await outcome;
  expect([done.status, lastLine(done)]).toEqual(['Failed', expect.stringContaining(`ERROR: ${message}`)]);
  expect(world.versions).toEqual(['reviews-v1']);
}

const SERVICE = { selector: { app: 'cache' }, ports: [{ name: 'http', port: 80 }] };
const MANY = {
  'reviews.yaml': manifest('reviews', pods(APP)),
  'cache.yaml': manifest('cache', pods({ app: 'cache' })),
  'service.yaml': manifest('cache', SERVICE, 'Service', 'v1'),
  'config.yaml': manifest('config', { mode: 'new' }, 'ConfigMap', 'v1'),
  'account.yaml': JSON.stringify({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'cache' } }),
};
const MADE: [string, string][] = [
  ['Deployment', 'cache'],
  ['Service', 'cache'],
  ['ConfigMap', 'config'],
  ['ServiceAccount', 'cache'],
];
const there = () => MADE.filter(([kind, name]) => object(kind, name)).map(([kind]) => kind);

describe('what comes with the candidate', () => {
  longTest('is created, and removed when the candidate loses, and nothing else is', async () => {
    await begin();
    const create = (kind: string, name: string, labels: Record<string, string> = {}) =>
      world.cluster.create({ kind, metadata: { name, namespace: world.namespace, labels }, data: { mode: 'old' } });
    create('ConfigMap', 'foreign');
    create('ConfigMap', 'of-another-run', { [RUN]: 'run-0' });
    create('ConfigMap', 'shared', { [RUN]: 'run-0' });
    create('ConfigMap', 'same');
    const same = { ...object('ConfigMap', 'same') };
    const log = await succeeds(
      deploy(
        commit(
          kustomization({
            ...MANY,
            'shared.yaml': manifest('shared', { mode: 'old' }, 'ConfigMap', 'v1'),
            'same.yaml': manifest('same', { mode: 'old' }, 'ConfigMap', 'v1'),
          }),
        ),
      ),
    );
    expect(log).toContain('Deployment reviews becomes reviews-1234567');
    expect(MADE.map(([kind, name]) => object(kind, name)?.metadata.labels)).toEqual(
      MADE.map(() => ({ [RUN]: 'run-1' })),
    );
    expect(object('Deployment', 'cache')?.spec.template.metadata.labels).toEqual({ app: 'cache' });
    expect(world.recorded.created).toBe('ConfigMap,Deployment.apps,Service,ServiceAccount');
    expect(object('ConfigMap', 'same')).toEqual(same);
    // Used by the candidate of this run, so it is no longer the other one's to remove.
    expect(object('ConfigMap', 'shared')?.metadata.labels?.[RUN]).toBeUndefined();

    const { results } = await lose();
    expect(results).toMatchObject({ verdict: 'aborted', winner: 'reviews-v1', reason: 'deploy failed' });
    expect(world.versions).toEqual(['reviews-v1']);
    expect(there()).toEqual([]);
    const left = world.cluster.list('ConfigMap', world.namespace).map(({ metadata }) => metadata.name);
    expect(left.sort()).toEqual(['foreign', 'of-another-run', 'same', 'shared']);
    expect(object('Service', 'reviews')).toBeDefined();
  });

  longTest('stays with a candidate that wins, and with the next one that uses it', async () => {
    world = await World.start({ allow });
    const first = commit(kustomization(MANY));
    expect((await world.run(first)).results.verdict).toBe('winner');
    expect(there()).toHaveLength(4);
    world.iter8.verdict = 'none';
    const more = { ...MANY, 'more.yaml': manifest('more', { mode: 'newer' }, 'ConfigMap', 'v1') };
    const { results } = await world.run(commit(kustomization(more)));
    expect(results).toMatchObject({ verdict: 'baseline', winner: `reviews-${first.slice(0, 7)}` });
    expect(there()).toHaveLength(4);
    expect(object('ConfigMap', 'more')).toBeUndefined();
    expect(world.leftovers).toEqual([]);
  });

  longTest('is removed with a first version that does not come up, the Service too', async () => {
    await begin({ live: false });
    world.cluster.delete('Service', world.namespace, 'reviews');
    world.cluster.deployments.expect('reviews-1234567', { readyAfter: 1000 });
    const service = manifest('reviews', { ...SERVICE, selector: APP }, 'Service', 'v1');
    const outcome = await deploy(commit(kustomization({ ...MANY, 'reviews-service.yaml': service })), {
      baseline: '',
      'ready-deadline': '5',
    });
    expect(lastLine(outcome)).toContain('was not ready within 5 seconds');
    expect(object('Service', 'reviews')).toBeDefined();
    await lose();
    expect([world.versions, there(), object('Service', 'reviews')]).toEqual([[], [], undefined]);
  });

  longTest.each([
    ['is there in part', 'ConfigMap'],
    ['is there before the candidate is', 'Deployment'],
  ])('is known after the pod was killed while it %s', async (_, kind) => {
    await begin();
    const id = commit(kustomization(MANY));
    let killed = false;
    world.cluster.store.on('change', ({ type, object: { kind: found, metadata } }) => {
      if (!killed && type === 'ADDED' && found === kind && metadata.labels?.[RUN] === 'run-1') {
        killed = true;
        world.runner.signal('SIGKILL');
      }
    });
    expect((await deploy(id)).status).toBe('Failed');
    expect([killed, there().includes(kind), object('Deployment', 'reviews-1234567')]).toEqual([true, true, undefined]);
    if (kind === 'ConfigMap') {
      await succeeds(deploy(id));
      expect(there()).toHaveLength(4);
    }
    await lose();
    expect([world.versions, there()]).toEqual([['reviews-v1'], []]);
  });

  longTest('that somebody else creates at the same moment stays theirs', async () => {
    await begin();
    const id = commit(kustomization(MANY));
    world.cluster.fault({ verb: 'create', resource: 'configmaps', result: 500, times: 1 });
    world.cluster.store.on('change', ({ type, object: { kind, metadata } }) => {
      if (type === 'ADDED' && kind === 'ServiceAccount' && metadata.name === 'cache') {
        const theirs = { name: 'config', namespace: world.namespace };
        world.cluster.create({ kind: 'ConfigMap', metadata: theirs, data: { mode: 'new' } });
      }
    });
    await succeeds(deploy(id));
    await lose();
    expect(there()).toEqual(['ConfigMap']);
  });

  longTest('and may not be deleted is told, and does not keep the run from its end', async () => {
    await begin();
    await succeeds(deploy(commit(kustomization(MANY))));
    world.cluster.fault({ verb: 'list', resource: 'serviceaccounts', result: 403 });
    const { status, results } = await lose();
    expect([status, there()]).toEqual(['Succeeded', ['ServiceAccount']]);
    expect(results.reason).toContain(
      'not all objects that came with reviews-1234567 were deleted: kubectl delete ConfigMap,Deployment.apps,Service,ServiceAccount -l cdk8s-iter8/created-by=run-1 does it',
    );
    expect(world.leftovers).toEqual([]);
  });
});

describe('of several Deployments', () => {
  longTest('the candidate is the one that the Service selects', async () => {
    await begin();
    const files = { 'a.yaml': manifest('app.one', pods(APP)), 'b.yaml': manifest('appxone', pods({ app: 'other' })) };
    expect(await succeeds(deploy(commit(kustomization(files))))).toContain(
      'Deployment app.one becomes reviews-1234567: label version 1234567',
    );
    expect(object('Deployment', 'appxone')).toBeDefined();
  });

  longTest(
    'the candidate is the one that the Service of the manifests selects, where there is no other yet',
    async () => {
      await begin({ live: false });
      world.cluster.delete('Service', world.namespace, 'reviews');
      const service = manifest('reviews', { ...SERVICE, selector: APP }, 'Service', 'v1');
      const files = {
        'a.yaml': manifest('one', pods(APP)),
        'b.yaml': manifest('two', pods({ app: 'b' })),
        's.yaml': service,
      };
      await succeeds(deploy(commit(kustomization(files)), { baseline: '' }));
      expect(world.versions.sort()).toEqual(['reviews-1234567', 'two']);
    },
  );

  test('none is taken at random', async () => {
    await begin();
    const two = { 'a.yaml': manifest('one', pods(APP)), 'b.yaml': manifest('two', pods(APP)) };
    await refuses(
      deploy(commit(kustomization(two))),
      'kustomize has the Deployments: one two; expected reviews, or just one whose pods the service reviews selects (app=reviews), and it selects: one two',
    );
    await refuses(
      deploy(commit(kustomization(two)), { deployment: 'one', candidate: 'one-1234567' }),
      'service reviews would send traffic to the new Deployment two besides one-1234567: both have the labels app=reviews',
    );
  });
});

longTest.each([
  ['VirtualService', { hosts: ['reviews'], http: [{ route: [{ destination: { host: 'reviews' } }] }] }],
  [
    'VirtualService',
    { hosts: ['a.example.com'], http: [{ route: [{ destination: { host: 'reviews.team.svc', subset: 'x' } }] }] },
  ],
  ['DestinationRule', { host: 'reviews.team' }],
])('a new %s for the service itself is refused: %j', async (kind, spec) => {
  await begin({
    allow: {
      group: 'networking.istio.io',
      resources: ['virtualservices', 'destinationrules'],
      verbs: ['get', 'create', 'patch'],
    },
  });
  const routing = manifest('mine', spec, kind, 'networking.istio.io/v1beta1');
  const files = { 'reviews.yaml': manifest('reviews', pods(APP)), 'routing.yaml': routing };
  await refuses(
    deploy(commit(kustomization(files))),
    `the manifests have a new object of the kind ${kind}.networking.istio.io that routes service reviews`,
  );
  expect(object(kind, 'mine')).toBeUndefined();
});

test('a kustomization that names what is elsewhere is refused, and git runs nothing for it', async () => {
  await begin();
  rmSync(CANARY, { force: true });
  const program = join(world.cluster.folder, 'program');
  writeFileSync(program, `#!/bin/sh\ntouch ${CANARY}\n`, { mode: 0o755 });
  const elsewhere = `file://${world.cluster.folder}//k?ref=--upload-pack=${program}`;
  for (const base of [elsewhere, `git::${elsewhere}`]) {
    const files = { 'reviews.yaml': manifest('reviews', pods(APP)) };
    const text = `resources: [reviews.yaml, ${JSON.stringify(base)}]\n`;
    await refuses(
      deploy(commit({ ...files, 'kustomization.yaml': text })),
      'kubectl kustomize refuses kustomize at commit',
    );
    expect(existsSync(CANARY)).toBe(false);
  }
});

describe('a patch with placeholders', () => {
  const USED = 'patches: [{path: patch.yaml, target: {kind: Deployment}, options: {allowNameChange: true}}]\n';
  const patched = (patch: string) =>
    commit({ ...kustomization({ 'd.yaml': manifest('reviews', pods(APP)) }, USED), 'patch.yaml': patch });
  const PATCH = `# Of the article.
- op: replace
  path: /metadata/name
  value: reviews-VERSION
- op: add
  path: /metadata/annotations
  value:
    version: VERSION
    image: IMAGE
    text: |-
      VERSION
      "VERSION" \\ MY_VERSION VERSIONS IMAGE/VERSION
- op: replace
  path: /spec/template/spec/containers/0/image
  value: iter8/reviews:istio-VERSION
`;

  longTest('names the candidate', async () => {
    await begin();
    const outcome = deploy(patched(PATCH), { patch: 'patch.yaml', candidate: 'reviews-1234567' });
    expect(await succeeds(outcome)).toContain('Deployment reviews-1234567 becomes reviews-1234567');
    const { metadata, spec } = object('Deployment', 'reviews-1234567') ?? {};
    expect(metadata.annotations).toMatchObject({
      version: '1234567',
      image: IMAGE,
      text: `1234567\n"1234567" \\ MY_VERSION VERSIONS ${IMAGE}/1234567`,
    });
    expect(spec.template.spec.containers[0].image).toBe(IMAGE);
    expect(spec.selector.matchLabels).toEqual({ ...APP, version: '1234567' });
  });

  longTest('may be a strategic one', async () => {
    await begin();
    const patch = '---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: reviews-VERSION\n';
    await succeeds(deploy(patched(patch), { patch: 'patch.yaml' }));
    expect(object('Deployment', 'reviews-1234567')).toBeDefined();
  });

  longTest('that names it otherwise, is not used, not there, or broken is refused', async () => {
    await begin();
    const named = (name: string) => patched(`- {op: replace, path: /metadata/name, value: ${name}}`);
    const use = { patch: 'patch.yaml' };
    await refuses(
      deploy(named('ratings-VERSION'), use),
      'with the patch patch.yaml, kustomize has the Deployments: ratings-1234567; expected reviews-1234567 among them; have the patch name it reviews-VERSION',
    );
    await refuses(deploy(named('reviews'), use), 'with the patch patch.yaml, kustomize has the Deployments: reviews;');
    await refuses(
      deploy(named('reviews'), { patch: 'other.yaml' }),
      "param patch is 'other.yaml', which is no file of the folder kustomize",
    );
    await refuses(deploy(patched('a: [VERSION'), use), 'the patch patch.yaml in kustomize at commit');
    await refuses(deploy(patched('- a\n---\n- b\n'), use), 'the patch patch.yaml in kustomize at commit');
  });

  test('stays what it is, whatever stands in it', async () => {
    await begin();
    const values = HOSTILE.map((value) => `VERSION ${value}`);
    const annotations = Object.fromEntries(values.map((value, i) => [`a${i}`, value]));
    const patch = [
      { op: 'replace', path: '/metadata/name', value: 'reviews-VERSION' },
      { op: 'add', path: '/metadata/annotations', value: annotations },
    ];
    await succeeds(
      deploy(patched(JSON.stringify(patch, undefined, 1)), { patch: 'patch.yaml', candidate: 'reviews-1e10000' }),
    );
    const found = object('Deployment', 'reviews-1e10000')?.metadata.annotations;
    expect(HOSTILE.map((_, i) => found[`a${i}`])).toEqual(HOSTILE.map((value) => `1e10000 ${value}`));
  });
});

describe('plain YAML', () => {
  const TWO = `${manifest('reviews', pods(APP))}\n---\n${manifest('config', { mode: 'new' }, 'ConfigMap', 'v1')}\n`;

  longTest('is a folder or a file', async () => {
    await begin();
    const files = { 'all.yaml': TWO, 'a b.json': manifest('cache', pods({ app: 'cache' })), 'README.md': 'no' };
    await succeeds(deploy(commit(files), { format: 'yaml' }));
    expect(there()).toEqual(['Deployment', 'ConfigMap']);
    await lose();
    expect(there()).toEqual([]);
    world.lease({ baseline: 'reviews-v1', candidate: 'reviews-1234567', experiment: 'e' });
    await succeeds(deploy(commit(files), { format: 'yaml', path: 'kustomize/all.yaml' }));
    expect(there()).toEqual(['ConfigMap']);
  });

  test('is refused where there is none', async () => {
    await begin();
    const yaml = { format: 'yaml' };
    await refuses(
      deploy(commit({ 'README.md': 'no' }), yaml),
      'kustomize has no file that ends in .yaml, .yml or .json',
    );
    await refuses(
      deploy(commit({ 'a.yaml': TWO }), { ...yaml, path: 'kustomize/b.yaml' }),
      "param path is 'kustomize/b.yaml', which is no file or folder of the repository",
    );
    await refuses(
      deploy(commit(kustomization({ 'a.yaml': TWO })), yaml),
      'kustomize has a kustomization.yaml, and is to be read as plain YAML; take Manifests.kustomize',
    );
  });
});
