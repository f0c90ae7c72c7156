import { GitHubWebhook, GitLabWebhook, JsonWebhook, Pipeline, type WebhookProps } from '../../lib';
import { cloudEvent, type EventFields, gitHubPush, gitLabPush, jsonEvent, type Request } from '../support/events';
import { HOSTILE } from '../support/hostile-values';
import { manifests, newChart } from '../support/synth';
import { Listener } from '../support/tekton/listener';

const SECRET = 'secret';
const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const PUSH: EventFields = { repository: 'https://git.example.com/bookinfo/reviews.git', revision: COMMIT };
/** Values that are no text: what JSON makes of them would not stay inside of quotes. */
const OTHERS = [null, 1, true, [], {}, [COMMIT], [',', ':1'], { a: 'b' }, [[COMMIT]]];

interface Kind {
  readonly event: (fields: EventFields, secret: string) => Request;
  readonly make: (props: WebhookProps, chart: any) => unknown;
}

const KINDS: Record<string, Kind> = {
  GitHubWebhook: { event: gitHubPush, make: (props, chart) => new GitHubWebhook(chart, 'hook', props) },
  GitLabWebhook: { event: gitLabPush, make: (props, chart) => new GitLabWebhook(chart, 'hook', props) },
  JsonWebhook: { event: jsonEvent, make: (props, chart) => new JsonWebhook(chart, 'hook', props) },
};

function listen({ make }: Kind, props: object = {}, token = SECRET): Listener {
  const chart = newChart();
  const pipeline = new Pipeline(chart, 'reviews');
  pipeline.addParam('repository', { defaultValue: 'https://git.example.com/bookinfo/reviews' });
  pipeline.addParam('revision', { defaultValue: '' });
  pipeline.addTask('build', { taskRef: { name: 'build' } });
  make({ run: { pipeline }, secretName: 'hook', ...props }, chart);
  return new Listener(manifests(chart), { hook: { token } });
}

function values(run: any): Record<string, unknown> {
  return Object.fromEntries(run.spec.params.map(({ name, value }: any) => [name, value]));
}

describe.each(Object.entries(KINDS))('%s', (_name, kind) => {
  const { event } = kind;

  test('an event starts a run', () => {
    const [run, ...more] = listen(kind).send(event(PUSH, SECRET));
    expect(values(run)).toEqual(PUSH);
    expect(more).toEqual([]);
  });

  test('an event with a wrong secret, or without any, starts none', () => {
    expect(listen(kind).send(event(PUSH, 'wrong'))).toEqual([]);
    expect(listen(kind).send(event(PUSH, ''))).toEqual([]);
    const { body } = event(PUSH, SECRET);
    expect(listen(kind).send({ headers: { 'X-GitHub-Event': 'push', 'X-Gitlab-Event': 'Push Hook' }, body })).toEqual(
      [],
    );
  });

  test('where the secret is empty or missing, no event starts one', () => {
    expect(listen(kind, {}, '').send(event(PUSH, ''))).toEqual([]);
    expect(listen(kind, { secretKey: 'other' }).send(event(PUSH, ''))).toEqual([]);
  });

  test('an event of another repository starts none', () => {
    const listener = listen(kind);
    for (const repository of [
      'https://git.example.com/bookinfo/ratings',
      'https://git.example.com/bookinfo/reviews.git.git',
      'https://git.example.com/bookinfo/reviews/',
      'https://git.example.com/bookinfo/reviews.git?x',
      'https://git.example.com.example.org/bookinfo/reviews',
      'http://git.example.com/bookinfo/reviews',
      ...HOSTILE,
      ...OTHERS,
    ]) {
      expect([repository, listener.send(event({ ...PUSH, repository }, SECRET))]).toEqual([repository, []]);
    }
  });

  test('whatever the revision is, it starts none or a run that differs in nothing else', () => {
    const listener = listen(kind);
    const [expected] = listener.send(event(PUSH, SECRET));
    let runs = 0;
    for (const revision of [...HOSTILE, ...HOSTILE.map((value) => `${COMMIT}${value}`), ...OTHERS]) {
      const created = listener.send(event({ ...PUSH, revision }, SECRET));
      for (const run of created) {
        runs++;
        expect(values(run).revision).toBe(revision);
        expect(revision).toMatch(/^(?!.*(\.\.|\/\/))[A-Za-z0-9_][A-Za-z0-9._/@+-]*$/);
        expect(JSON.parse(JSON.stringify(run).replace(String(revision), COMMIT))).toEqual(expected);
      }
    }
    // Names of branches are revisions where the sender is not known to send commits only.
    expect(runs > 2).toBe(kind === KINDS.JsonWebhook);
  });

  test('a body that is no object starts none', () => {
    for (const body of ['[]', '1', '"text"', 'null', '{}', `{"repository": "${PUSH.repository}"}`]) {
      const { headers } = event(PUSH, SECRET);
      expect(listen(kind).send({ headers, body })).toEqual([]);
    }
  });
});

describe.each([
  ['GitHubWebhook', 'pull_request'],
  ['GitLabWebhook', 'Tag Push Hook'],
])('a %s', (name, other) => {
  const kind = KINDS[name];
  const listener = listen(kind);
  const send = (fields: Partial<EventFields>, to = listener) => {
    return to.send(kind.event({ ...PUSH, ...fields }, SECRET)).length;
  };

  test('starts runs for the default branch, unless branches are named', () => {
    expect(send({ ref: 'refs/heads/main' })).toBe(1);
    expect(send({ ref: 'refs/heads/release/1.0' })).toBe(0);
    const named = listen(kind, { branches: ['release/1.0', 'next'] });
    expect(send({ ref: 'refs/heads/release/1.0' }, named)).toBe(1);
    expect(send({ ref: 'refs/heads/next' }, named)).toBe(1);
    expect(send({ ref: 'refs/heads/release/1x0' }, named)).toBe(0);
    expect(send({ ref: 'refs/heads/main' }, named)).toBe(0);
  });

  test('starts none for tags, for branches with any other name, and for other events', () => {
    for (const ref of ['main', 'refs/tags/main', 'refs/heads/main/x', 'refs/heads/', ...HOSTILE, ...OTHERS]) {
      expect([ref, send({ ref })]).toEqual([ref, 0]);
      expect([ref, send({ ref: `refs/heads/${ref}` })]).toEqual([ref, ref === 'main' ? 1 : 0]);
    }
    expect(send({ event: other })).toBe(0);
  });

  test('starts none for a branch that was deleted, and one for a commit with 64 digits', () => {
    expect(send({ revision: '0'.repeat(40) })).toBe(0);
    expect(send({ revision: '0'.repeat(64) })).toBe(0);
    expect(send({ revision: 'a'.repeat(64) })).toBe(1);
    expect(send({ revision: 'a'.repeat(41) })).toBe(0);
    expect(send({ revision: 'main' })).toBe(0);
  });
});

test('a JsonWebhook takes what its filter takes, from where it is told', () => {
  const listener = listen({
    event: cloudEvent,
    make: (props, chart) => {
      new JsonWebhook(chart, 'hook', {
        ...props,
        header: 'X-Webhook-Token',
        revision: "header.canonical('Ce-Id')",
        filter: "header.match('Ce-Type', 'com.example.push') || header.match('Ce-Type', 'com.example.tag')",
      });
    },
  });
  const [run] = listener.send(cloudEvent(PUSH, SECRET));
  expect(values(run)).toEqual({ ...PUSH, revision: '1' });
  expect(listener.send(cloudEvent({ ...PUSH, event: 'com.example.pull' }, SECRET))).toEqual([]);
  expect(listener.send(cloudEvent({ ...PUSH, event: 'com.example.tag' }, 'wrong'))).toEqual([]);
  expect(listener.send(jsonEvent(PUSH, SECRET))).toEqual([]);
});

test('of several repositories, what is built is the one that the event is of; of a mirror, always the mirror', () => {
  const repositories = ['https://git.example.com/bookinfo/reviews', 'https://git.example.org/fork/reviews'];
  const fork = { ...PUSH, repository: 'https://git.example.org/fork/reviews.git' };
  const [run] = listen(KINDS.GitHubWebhook, { repositories }).send(gitHubPush(fork, SECRET));
  expect(values(run)).toEqual(fork);

  const mirrored = listen({
    event: gitHubPush,
    make: (props, chart) => {
      const params = { repository: 'https://mirror.example.com/reviews' };
      new GitHubWebhook(chart, 'hook', { ...props, run: { ...props.run, params }, repositories });
    },
  });
  expect(values(mirrored.send(gitHubPush(fork, SECRET))[0])).toEqual({
    repository: 'https://mirror.example.com/reviews',
    revision: COMMIT,
  });
});
