import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { longTest } from '../support/extent';
import type { TaskOutcome } from '../support/tekton/task-runner';
import { World } from '../support/world';

jest.setTimeout(240_000);
let world: World;

beforeAll(async () => {
  world = await World.start({ live: false });
});

afterAll(async () => {
  await world.stop();
});

const clone = (params: Record<string, string | string[]> = {}, environment: Record<string, string> = {}) =>
  world.task('build', { revision: '', image: 'registry.example.com/a', ...params }, environment);
const lastLine = ({ log }: TaskOutcome) => log.trim().split('\n').pop() ?? '';
const FILES = { Dockerfile: 'FROM scratch\n' };

async function refuses(message: string, params?: Record<string, string>, environment?: Record<string, string>) {
  const outcome = await clone(params, environment);
  expect([outcome.status, lastLine(outcome)]).toEqual(['Failed', expect.stringContaining(`ERROR: ${message}`)]);
  expect(Object.values(outcome.results).join('')).toBe('');
}

longTest('without a revision it is the head of the default branch', async () => {
  world.git.commit({ ...FILES, a: 'old' });
  const head = world.git.commit({ ...FILES, a: 'new' });
  world.git.commit(FILES, 'other');
  const { status, results } = await clone();
  expect([status, results]).toEqual([
    'Succeeded',
    { commit: head, 'short-commit': head.slice(0, 7), IMAGE_URL: 'registry.example.com/a', IMAGE_DIGEST: '' },
  ]);
});

longTest('a branch goes before a tag of the same name, a tag before nothing', async () => {
  const tagged = world.git.commit({ ...FILES, a: 'tagged' }, 'release');
  world.git.tag('release', tagged);
  world.git.tag('v1', tagged);
  const head = world.git.commit({ ...FILES, a: 'head' }, 'release');
  expect((await clone({ revision: 'release' })).results.commit).toBe(head);
  expect((await clone({ revision: 'v1' })).results.commit).toBe(tagged);
});

longTest('a commit that is no head any more is found, by a part of its id too', async () => {
  const [old, head] = world.git.history(
    [
      { ...FILES, a: 'one' },
      { ...FILES, a: 'two' },
    ],
    'history',
  );
  for (const revision of [old, old.slice(0, 8), head]) {
    expect((await clone({ revision })).results.commit).toBe(revision === head ? head : old);
  }
});

test('what is not there is told at once', async () => {
  await refuses("can't fetch 'nothing' of http://127.0.0.1:", { revision: 'nothing' });
  await refuses("can't fetch 'HEAD' of http://127.0.0.1:", { repository: world.git.url.replace('app', 'none') });
});

describe('a server', () => {
  /** Asks a server that does this with every request; answers how often it was asked. */
  async function ask(status: number, headers: Record<string, string>): Promise<number> {
    let asked = 0;
    const server = createServer((_, response) => {
      asked += 1;
      response.writeHead(status, headers);
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const repository = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a.git`;
    try {
      await refuses(
        "can't fetch 'HEAD' of http://127.0.0.1:",
        { repository },
        { GIT_SECONDS: '20', POLL_SECONDS: '5' },
      );
    } finally {
      server.closeAllConnections();
      server.close();
    }
    return asked;
  }

  test('that wants a password is not asked twice', async () => {
    expect(await ask(401, { 'WWW-Authenticate': 'Basic realm="a"' })).toBe(1);
  });

  test('that is not well is asked again', async () => {
    expect(await ask(503, {})).toBeGreaterThan(3);
  });
});

longTest("git does what its own configuration says, and not what the machine's does", async () => {
  const head = world.git.commit(FILES);
  const config = join(world.cluster.folder, 'gitconfig');
  writeFileSync(config, `[url "ext::sh -c 'touch ${config}.ran' "]\n\tinsteadOf = ${world.git.url}\n`);
  expect((await clone({}, { GIT_CONFIG_SYSTEM: config })).results.commit).toBe(head);
  // That of the Secret counts, but no transport other than HTTP is allowed.
  const home = join(world.cluster.folder, 'git-home');
  mkdirSync(home);
  writeFileSync(
    join(home, '.gitconfig'),
    `[url "file://${join(world.cluster.folder, 'app.git')}"]\n\tinsteadOf = ${world.git.url}\n`,
  );
  await refuses("can't fetch 'HEAD' of", {}, { HOME: home, GIT_SECONDS: '0' });
  expect(existsSync(`${config}.ran`)).toBe(false);
});

describe('what leads out of the repository is refused', () => {
  test.each([
    [
      'context',
      { out: '->/etc' },
      { context: 'out', dockerfile: 'passwd' },
      "param context is 'out', which leads out of the repository",
    ],
    [
      'Dockerfile',
      { Dockerfile: '->/etc/passwd' },
      {},
      "param dockerfile is 'Dockerfile', which leads out of the repository",
    ],
    [
      'folder of the Dockerfile',
      { out: '->/etc' },
      { dockerfile: 'out/passwd' },
      "param dockerfile is 'out/passwd', which leads out of the repository",
    ],
    ['folder that is not there', FILES, { context: 'none' }, "param context is 'none', which commit"],
    ['Dockerfile that is not there', {}, {}, "param dockerfile is 'Dockerfile', which commit"],
  ])('a %s', async (_, files, params, message) => {
    world.git.commit({ a: 'a', ...(files as Record<string, string>) });
    await refuses(message, params as Record<string, string>);
  });
});

test('submodules are told', async () => {
  world.git.commit({ ...FILES, '.gitmodules': '' });
  expect((await clone()).log).toContain('the repository has submodules, which are not fetched');
});

test('the folder that an earlier try left behind does not matter', async () => {
  const head = world.git.commit(FILES);
  const environment = { SOURCE: join(world.cluster.folder, 'source') };
  mkdirSync(join(environment.SOURCE, '.git'), { recursive: true });
  writeFileSync(join(environment.SOURCE, '.git/HEAD'), 'rubbish');
  expect((await clone({}, environment)).results.commit).toBe(head);
});

describe('over ssh', () => {
  const SSH = 'ssh://git@git.example.com:2222/app.git';
  /** Stands in the way of the real one: notes how it was called, and does what the server would do. */
  function ssh(what: string): Record<string, string> {
    const bin = join(world.cluster.folder, `bin-${what.length}`);
    mkdirSync(bin, { recursive: true });
    const note = `for word; do printf '%s\\n' "$word"; done >'${bin}/words'`;
    writeFileSync(join(bin, 'ssh'), `#!/bin/sh\n${note}\n${what}\n`, { mode: 0o755 });
    const credentials = join(bin, 'credentials');
    mkdirSync(join(credentials, '.ssh'), { recursive: true });
    writeFileSync(join(credentials, '.ssh/config'), '');
    return { PATH: `${bin}:${process.env.PATH}`, CREDENTIALS: credentials, BIN: bin };
  }

  test('a key of the service account is used, for a server that is known', async () => {
    const head = world.git.commit({ ...FILES, a: 'ssh' });
    const { BIN, ...environment } = ssh(`exec git-upload-pack '${join(world.cluster.folder, 'app.git')}'`);
    const { status, results } = await clone({ repository: SSH }, environment);
    expect([status, results.commit]).toEqual(['Succeeded', head]);
    const folder = `${environment.CREDENTIALS}/.ssh`;
    const words = readFileSync(join(BIN, 'words'), 'utf8').split('\n');
    expect(words.slice(0, 2)).toEqual(['-F', `${folder}/config`]);
    for (const option of [
      `UserKnownHostsFile=${folder}/known_hosts`,
      'GlobalKnownHostsFile=/dev/null',
      'StrictHostKeyChecking=yes',
      'BatchMode=yes',
    ]) {
      expect(words[words.indexOf(option) - 1]).toBe('-o');
    }
    expect(words).toContain('git@git.example.com');
  });

  test('what the server says is told, and not asked again', async () => {
    for (const reason of ['git@git.example.com: Permission denied (publickey).', 'Host key verification failed.']) {
      const { BIN: _, ...environment } = ssh(`echo '${reason}' >&2; exit 255`);
      await refuses(`can't fetch 'HEAD' of ${SSH}: ${reason}; check`, { repository: SSH }, environment);
    }
  });

  test('without a key the step says what it needs', async () => {
    await refuses(`param repository is '${SSH}', and the service account has no Secret with a key for it`, {
      repository: SSH,
    });
  });
});
