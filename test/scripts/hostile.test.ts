import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { Notification } from '../../lib';
import { ALL } from '../support/extent';
import { CANARY, HOSTILE } from '../support/hostile-values';
import type { TaskOutcome } from '../support/tekton/task-runner';
import { World } from '../support/world';

jest.setTimeout(600_000);
const COMMIT = '1234567890'.repeat(4);
const NAMES: Record<string, string> = { service: 'reviews', namespace: 'team', run: 'run-1' };

/** For each task, params with which it would do its work. */
const TASKS: Record<string, Record<string, string>> = {
  build: {
    repository: 'http://127.0.0.1:1/a.git',
    revision: 'main',
    image: 'example.com/a',
    context: '.',
    dockerfile: 'Dockerfile',
  },
  experiment: {
    ...NAMES,
    commit: COMMIT,
    deployment: 'reviews',
    baseline: '',
    concurrency: 'queue',
    'queue-deadline': '5',
    cleanup: 'delete',
    rollout: 'canary',
    template: '{}',
    'template-path': '',
    repository: 'http://127.0.0.1:1/a.git',
    'pipeline-run': 'team/run-1',
  },
  deploy: {
    ...NAMES,
    repository: 'http://127.0.0.1:1/a.git',
    commit: COMMIT,
    image: `example.com/a@sha256:${'0'.repeat(64)}`,
    candidate: 'reviews-1234567',
    baseline: '',
    deployment: 'reviews',
    path: 'kustomize',
    format: 'kustomize',
    patch: '',
    container: '',
    'ready-deadline': '5',
  },
  'deploy-application': {
    repository: 'http://127.0.0.1:1/a.git',
    revision: 'main',
    path: 'application',
    namespace: 'team',
    host: 'app.example.com',
    'ready-deadline': '5',
  },
  load: {
    ...NAMES,
    experiment: '',
    'experiment-uid': '',
    url: 'http://gateway.example.com/',
    host: '',
    'per-second': '1',
    connections: '1',
    mesh: 'false',
    deadline: '5',
    'experiment-deadline': '0',
    'max-error-rate': '',
    'pipeline-run': 'team/run-1',
  },
  notify: {
    'pipeline-run': 'team/run-1',
    url: 'http://127.0.0.1:1/',
    secret: 'none',
    'secret-key': 'url',
    link: '',
    format: 'json',
    service: 'reviews',
    namespace: 'team',
    finish: 'finish',
    build: 'build',
    deadline: '1',
  },
  wait: {
    ...NAMES,
    mode: 'wait',
    experiment: '',
    'experiment-uid': '',
    deadline: '5',
    interval: '1',
    'approval-deadline': '0',
    'fail-on': '',
  },
  rollback: { ...NAMES, run: 'run-2', 'pipeline-run': 'team/run-2', action: 'rollback', deadline: '5' },
  previous: { ...NAMES, baseline: '' },
  housekeeping: { ...NAMES, 'pipeline-run': 'team/run-1', pipeline: 'reviews', 'history-limit': '1' },
};

const CASES = Object.entries(TASKS).flatMap(([task, params]) =>
  Object.keys(params).map((param): [string, string] => [task, param]),
);

let world: World;

beforeAll(async () => {
  rmSync(CANARY, { force: true });
  const notify = [Notification.webhook({ url: TASKS.notify.url })];
  world = await World.start({ props: { notify, historyLimit: 1 } });
  world.iter8.stop();
});

afterAll(async () => {
  await world.stop();
});

/** A run that has the service, and whose deadlines are short. */
beforeEach(() => {
  world.cluster.list('Lease', 'team').forEach(({ metadata }) => {
    world.cluster.delete('Lease', 'team', metadata.name);
  });
  world.lease({ baseline: 'reviews-v1', candidate: 'reviews-1234567' });
});

const environment = {
  API_SECONDS: '0',
  GIT_SECONDS: '0',
  HOLD_SECONDS: '1',
  END_SECONDS: '1',
  START_SECONDS: '1',
  SEND_TRIES: '1',
  GENERATOR: 'http://127.0.0.1:1',
};

function runTask(task: string, params: Record<string, string | string[]>): Promise<TaskOutcome> {
  return world.task(task, { ...TASKS[task], ...params }, environment);
}

test('the corpus has at least 60 values', () => {
  expect(new Set(HOSTILE).size).toBeGreaterThanOrEqual(60);
});

test('every param is among them', () => {
  const tasks = world.manifests.filter(({ kind }) => kind === 'Task');
  const declared = tasks.map(({ metadata, spec }): [string, string[]] => {
    const task = metadata.name.replace(/^reviews-/, '').replace('override', 'rollback');
    return [task, spec.params.filter(({ type }: any) => type === 'string').map(({ name }: any) => name)];
  });
  const given = Object.entries(TASKS).map(([task, params]) => [task, Object.keys(params).sort()]);
  expect(Object.fromEntries(declared)).toEqual(Object.fromEntries(given));
});

/** Kinds that a task may write, and how their names begin. */
const OWN: Record<string, RegExp> = {
  leases: /^cdk8s-iter8-/,
  experiments: /^reviews-[0-9a-f]{10}$/,
  virtualservices: /^reviews\.team\./,
  destinationrules: /^reviews\.team\./,
};

/** All values; where not all cases are played, another few of them for each param. */
function valuesFor(task: string, param: string): readonly string[] {
  const own = CASES.findIndex(([each, name]) => each === task && name === param);
  return ALL ? HOSTILE : HOSTILE.filter((_, i) => (i + own) % 40 === 0);
}

test.each(CASES)('%s: whatever stands in %s, nothing runs it', async (task, param) => {
  const values = valuesFor(task, param);
  const before = world.cluster.requests.length;
  const deployments = JSON.stringify(world.cluster.list('Deployment', ''));
  for (let i = 0; i < values.length; i += 6) {
    await Promise.all(
      values.slice(i, i + 6).map(async (value) => {
        const { status, log, files } = await runTask(task, { [param]: value });
        const line = log.trim().split('\n').pop() ?? '';
        // It either works to the letter, or is refused with the name of the param or of what is missing.
        if (status === 'Failed' && (!/^ERROR: \S/.test(line) || line.includes('ended unexpectedly'))) {
          throw new Error(`${JSON.stringify(value)}: the last line is ${JSON.stringify(line)}\n${log}`);
        }
        expect([
          value,
          files.filter((name) => !/^(results|scripts|home|work|credentials|step-[a-z-]+)$/.test(name)),
        ]).toEqual([value, []]);
      }),
    );
  }
  expect(existsSync(CANARY)).toBe(false);
  expect(readdirSync(world.cluster.folder).filter((name) => !KNOWN.test(name))).toEqual([]);
  // Nothing but what belongs to the service, in the namespace that is named.
  const written = world.cluster.requests
    .slice(before)
    .filter(({ verb }) => ['create', 'patch', 'update', 'delete'].includes(verb));
  expect(written.filter(({ resource, name }) => !OWN[resource]?.test(name))).toEqual([]);
  expect(JSON.stringify(world.cluster.list('Deployment', ''))).toBe(deployments);
});

/** What is in the folder of the doubles: theirs, and a folder for each task that was run. */
const KNOWN = /^(app\.git|cache|clock|kubeconfig|work|(reviews-[a-z]+|deploy-application)-\d+-\w+)$/;

test.each([
  ['build', 'repository', '--upload-pack=x', "param repository is '--upload-pack=x'; expected a URL such as"],
  [
    'build',
    'repository',
    'https://a:b@example.com/c',
    'param repository has a user or password in it; expected none; put them in a Secret',
  ],
  ['build', 'revision', '-x', "param revision is '-x'; expected a branch, a tag or a commit"],
  ['build', 'image', 'example.com/a:1', "param image is 'example.com/a:1'; expected an image without tag and digest"],
  ['build', 'context', '../x', "param context is '../x'; expected a path inside the repository"],
  ['experiment', 'service', 'Reviews', "param service is 'Reviews'; expected at most 63 lower-case letters"],
  ['experiment', 'concurrency', 'both', "param concurrency is 'both'; expected queue, cancelOlder or rejectNewer"],
  ['experiment', 'cleanup', 'burn', "param cleanup is 'burn'; expected delete, keep or scaleToZero"],
  ['experiment', 'rollout', 'now', "param rollout is 'now'; expected canary or at-once"],
  ['deploy', 'image', 'example.com/a:1', "param image is 'example.com/a:1'; expected an image with its digest"],
  ['deploy', 'path', '/etc', "param path is '/etc'; expected a path inside the repository"],
  ['deploy-application', 'path', '../x', "param path is '../x'; expected a path inside the repository"],
  ['deploy-application', 'host', 'a","b', 'param host is \'a","b\'; expected a DNS name in lower case'],
  ['deploy-application', 'namespace', 'a b', "param namespace is 'a b'; expected at most 63 lower-case letters"],
  ['load', 'host', 'a\r\nX: y', "param host is 'a??X: y'; expected a DNS name"],
  ['load', 'url', 'http://reviews.team/', 'param url leads straight to service reviews, past the routing'],
  [
    'wait',
    'fail-on',
    'loser',
    "param fail-on is 'loser'; expected a list of winner, baseline, inconclusive, aborted and timeout",
  ],
  ['notify', 'url', 'http://a:b@c/', "param url is 'http://a:b@c/'; expected an http or https URL"],
  ['notify', 'link', 'javascript:x', "param link is 'javascript:x'; expected an http or https URL"],
  ['notify', 'pipeline-run', 'run-1', "param pipeline-run is 'run-1'; expected the namespace and the name"],
  ['notify', 'secret', '../x', "param secret is '../x'; expected a name of a Kubernetes object"],
  ['housekeeping', 'history-limit', '0', "param history-limit is '0'; expected a whole number of at least 1"],
  ['previous', 'baseline', '-x', "param baseline is '-x'; expected a name of a Kubernetes object"],
  ['rollback', 'action', 'undo', "param action is 'undo'; expected rollback, rollforward, pause or resume"],
  [
    'experiment',
    'queue-deadline',
    '0600',
    "param queue-deadline is '0600'; expected a whole number without leading zeros",
  ],
  ['deploy', 'ready-deadline', '08', "param ready-deadline is '08'; expected a whole number without leading zeros"],
  [
    'deploy-application',
    'ready-deadline',
    '00',
    "param ready-deadline is '00'; expected a whole number without leading zeros",
  ],
  ['load', 'deadline', '007', "param deadline is '007'; expected a whole number without leading zeros"],
  [
    'load',
    'experiment-deadline',
    '08',
    "param experiment-deadline is '08'; expected a whole number without leading zeros",
  ],
  ['load', 'connections', '08', "param connections is '08'; expected a number from 1 to 9999"],
  ['wait', 'deadline', '0600', "param deadline is '0600'; expected a whole number without leading zeros"],
  ['wait', 'interval', '08', "param interval is '08'; expected a whole number without leading zeros"],
  ['wait', 'approval-deadline', '08', "param approval-deadline is '08'; expected a whole number without leading zeros"],
  ['notify', 'deadline', '08', "param deadline is '08'; expected a whole number without leading zeros"],
  ['rollback', 'deadline', '007', "param deadline is '007'; expected a whole number without leading zeros"],
  ['housekeeping', 'history-limit', '08', "param history-limit is '08'; expected a whole number of at least 1"],
])('%s refuses %s %j', async (task, param, value, message) => {
  const { status, log } = await runTask(task, { [param]: value });
  // What keeps house never fails a run.
  const wanted = task === 'housekeeping' ? 'Succeeded' : 'Failed';
  expect([status, log.trim().split('\n').pop()]).toEqual([wanted, expect.stringContaining(`ERROR: ${message}`)]);
});

test('build args are items of their own, whatever stands in them', async () => {
  const { git } = world;
  git.commit({ Dockerfile: 'FROM scratch\n' });
  let given: string[] = [];
  const definition = world.manifests.find(({ kind, metadata }) => kind === 'Task' && metadata.name === 'reviews-build');
  // Kubernetes itself makes one of two dollars, before any program sees them.
  const values = HOSTILE.filter((value) => /^[ -~]{0,4000}$/.test(value) && !value.includes('$$')).map(
    (value) => `NAME=${value}`,
  );
  const { status, log } = await world.runner.run(
    definition,
    { ...TASKS.build, repository: git.url, revision: '', 'build-args': values },
    (_step, results) => {
      const path = results.replace(/results$/, 'step-clone/build-args');
      given = JSON.parse(execFileSync('cat', [path], { encoding: 'utf8' }));
    },
  );
  expect([status, log]).toEqual(['Succeeded', expect.stringContaining('commit ')]);
  expect(given).toEqual(values.map((value) => `--build-arg=${value}`));
  expect(existsSync(CANARY)).toBe(false);
});
