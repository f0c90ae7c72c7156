import { Context, Notification } from '../../lib';
import { longTest } from '../support/extent';
import { HOSTILE } from '../support/hostile-values';
import { Receiver } from '../support/receiver';
import { story } from '../support/tekton/pipeline-runner';
import { SHELLS, type TaskOutcome } from '../support/tekton/task-runner';
import { TaskRuns } from '../support/tekton/task-runs';
import { World } from '../support/world';

jest.setTimeout(240_000);
const LINK = `https://tekton.example.com/#/namespaces/${Context.PIPELINE_RUN_NAMESPACE}/pipelineruns/${Context.PIPELINE_RUN_NAME}?a=1&b=2`;
const COMMIT = '1234567890'.repeat(4);
const ENDED = {
  verdict: 'winner',
  winner: 'reviews-1234567',
  reason: 'the candidate met the criteria and has all the traffic',
  weights: 'reviews-v1=0,reviews-1234567=100',
  image: 'registry.example.com/reviews@sha256:1',
};
let receiver: Receiver;
let world: World;

beforeEach(async () => {
  receiver = new Receiver();
  await receiver.start();
});

afterEach(async () => {
  await world.stop();
  await receiver.stop();
  expect(receiver.leaks).toEqual([]);
});

async function begin(shell = SHELLS[0]): Promise<void> {
  const notify = [
    Notification.slack({ secretName: 'slack', link: LINK }),
    Notification.webhook({ url: receiver.url, link: LINK }),
  ];
  world = await World.start({ shell, props: { notify } });
  secret(receiver.url);
}

function secret(url: string, name = 'slack'): void {
  const data = { url: Buffer.from(url).toString('base64') };
  world.cluster.create({ kind: 'Secret', metadata: { name, namespace: world.namespace }, data });
}

const last = ({ log }: TaskOutcome) => log.trim().split('\n').pop() ?? '';
const messages = () => receiver.posts.map(({ body }) => JSON.parse(body));

describe.each(SHELLS)('under %s', (shell) => {
  longTest('both notifications say how a run has ended', async () => {
    await begin(shell);
    const commit = world.commit();
    const winner = `reviews-${commit.slice(0, 7)}`;
    const outcome = await world.run(commit);
    const { reason } = outcome.results;
    if (receiver.posts.length !== 2) {
      throw new Error(story(outcome));
    }
    const link = 'https://tekton.example.com/#/namespaces/team/pipelineruns/run-1?a=1&b=2';
    const image = `registry.example.com/bookinfo/reviews@sha256:${'0'.repeat(64)}`;
    expect(messages()).toContainEqual({
      service: 'reviews',
      namespace: 'team',
      run: 'run-1',
      verdict: 'winner',
      reason,
      commit,
      winner,
      image,
      weights: { 'reviews-v1': 0, [winner]: 100 },
      link,
    });
    const weights = [`${winner} 100 %`, 'reviews-v1 0 %'].sort();
    const lines = [
      'reviews in team: winner',
      '```',
      `reason   ${reason}`,
      `commit   ${commit}`,
      `winner   ${winner}`,
      `weights  ${weights.join(', ')}`,
      `image    ${image}`,
      'run      run-1',
      '```',
      link.replace('&', '&amp;'),
    ];
    const { text } = messages().find((each) => each.text);
    expect(text.split('\n')).toEqual(lines);
    expect(receiver.posts.map(({ type }) => type)).toEqual(['application/json', 'application/json']);
    expect(last(outcome.tasks.notify)).toBe('told of run run-1: verdict "winner"');
  });

  longTest('whatever stands in the texts stands in the message, and is no command there', async () => {
    await begin(shell);
    // What differs under another shell is sed.
    const values = [...(shell === SHELLS[0] ? HOSTILE : []), ...COMMANDS].filter((value) => value !== '');
    const texts = Array.from({ length: Math.ceil(values.length / 4) }, (_, i) => {
      const [verdict, reason, winner, image] = [0, 1, 2, 3].map((k) => values[(4 * i + k) % values.length]);
      return { verdict, reason, winner, image, weights: reason };
    });
    for (let i = 0; i < texts.length; i += 4) {
      await Promise.all(
        texts.slice(i, i + 4).map(async (results, k) => {
          const run = `run-${i + k}`;
          hasEnded(run, results, { commit: results.image });
          for (const task of ['notify', 'notify-2']) {
            const { status, log } = await notify(task, run);
            expect([run, results, status, log]).toEqual([
              run,
              results,
              'Succeeded',
              expect.stringContaining('told of'),
            ]);
          }
          const { weights: _, ...same } = results;
          const [json] = messages().filter((each) => each.run === run);
          expect(json).toMatchObject({ ...same, commit: results.image, weights: {} });
          const [{ text }] = messages().filter((each) => each.text?.includes(`run      ${run}\n`));
          const [title, code, ...rest] = text.split('```');
          expect([title, rest]).toEqual([expect.stringMatching(/^reviews in team: ([a-z]+|no verdict)\n$/), ['']]);
          expect(code).not.toMatch(/[<>]|&(?!(amp|lt|gt);)/);
          const shown = code
            .match(/^\nreason {3}([^\n]*)\n/)[1]
            .replace(/&lt;/g, '<')
            .replace(/&gt;/g, '>')
            .replace(/&amp;/g, '&');
          expect(shown).toBe(results.reason.replace(/[\n\r\t\f\b]/g, ' ').replace(/`/g, "'"));
        }),
      );
    }
  });
});

/** What Slack and chats like it take as commands, and what would end a text. */
const COMMANDS = [
  '<!channel> <@U1> <!here|x> @channel',
  '&lt;!channel&gt;',
  '\\u003c!channel\\u003e',
  '```\n@channel',
  '\\\\u003c!here\\u003e\\',
  '\\"},{"text":"x',
  '"value":"x"}',
  '\u001b[31m\u0007\u2028 \u{1f600}',
];

/** A run whose finish has ended, with what came of it. */
function hasEnded(
  run: string,
  finish: Record<string, string> = ENDED,
  build: Record<string, string> = { commit: COMMIT },
) {
  const taskRuns = new TaskRuns(world.cluster, world.namespace, run);
  world.cluster.create({ kind: 'PipelineRun', metadata: { name: run, namespace: world.namespace } });
  for (const [task, results] of Object.entries({ build, finish })) {
    taskRuns.begin(task);
    taskRuns.end(task, { status: 'Succeeded', log: '', files: [], results });
  }
}

const notify = (task: string, run: string, params: Record<string, string> = {}) =>
  world.task(
    task,
    { 'pipeline-run': `${world.namespace}/${run}`, link: '', ...params },
    { SEND_SECONDS: '1', POLL_SECONDS: '2' },
  );

async function fails(problem: string, params: Record<string, string> = {}): Promise<TaskOutcome> {
  const outcome = await notify('notify', 'run', params);
  expect([outcome.status, last(outcome)]).toEqual(['Failed', expect.stringContaining(`ERROR: nobody `)]);
  expect(last(outcome)).toContain(problem);
  expect(outcome.log).not.toContain(Receiver.SECRET);
  return outcome;
}

longTest('a run of which nothing was built is told of too, and a failure to tell changes nothing', async () => {
  await begin();
  receiver.answers = [404, 404];
  const outcome = await world.run(world.commit(), { given: { build: { status: 'Failed' } } });
  expect(outcome.results).toMatchObject({ verdict: 'aborted', reason: 'build failed, so nothing was deployed' });
  expect(messages()).toContainEqual(
    expect.objectContaining({
      verdict: 'aborted',
      commit: null,
      winner: '',
      weights: {},
      reason: outcome.results.reason,
    }),
  );
  expect(outcome.tasks.notify.status).toBe('Failed');
  const again = await world.run(world.commit());
  expect([again.succeeded, again.tasks['notify-2'].status]).toEqual([true, 'Succeeded']);
});

describe('what can go wrong is said in the last line, without the URL', () => {
  beforeEach(async () => {
    await begin();
    hasEnded('run');
  });

  test('the receiver is busy, and then is not', async () => {
    receiver.answers = [500, 429, 'drop', 'hang'];
    const { status, log } = await notify('notify', 'run');
    expect([status, receiver.posts.length]).toEqual(['Succeeded', 5]);
    expect(log).toContain('the answer is 500; trying again');
    expect(log).toContain('there is no answer within 1 seconds; trying again');
    expect(log).not.toContain(Receiver.SECRET);
    expect(new Set(receiver.posts.map(({ body }) => body)).size).toBe(1);
  });

  longTest('the receiver does not want it', async () => {
    receiver.answers = Array(5).fill(503);
    await fails('of run run: the answer is 503, after 5 tries; the run itself is not affected');
    expect(receiver.posts).toHaveLength(5);
    receiver.answers = [410];
    await fails('the answer is 410, after 1 tries');
    expect(receiver.posts).toHaveLength(6);
  });

  test('a redirect is not followed', async () => {
    receiver.answers = [{ redirect: '/elsewhere' }];
    await fails('the answer is 302, and redirects are not followed; take the URL to which it leads, after 1 tries');
    expect(receiver.posts.map(({ path }) => path)).toEqual([`/services/${Receiver.SECRET}`]);
  });

  test('nobody is there', async () => {
    await receiver.stop();
    await fails('the connection is refused, after 5 tries');
    await receiver.start();
    await fails('its host is not known, after 5 tries', { url: `http://hooks.invalid/${Receiver.SECRET}` });
    await fails('after 5 tries', { url: receiver.url.replace('http:', 'https:') });
  });

  longTest('there is no Secret, or none with the key, or no URL in it', async () => {
    const fix = 'in the namespace of the run; make it with kubectl create secret generic';
    await fails(`there is no Secret gone with a key url ${fix} gone --from-literal=url=URL`, { secret: 'gone' });
    await fails('there is no Secret slack with a key URL in', { 'secret-key': 'URL' });
    for (const [i, url] of [
      '',
      'x',
      `ftp://a/${Receiver.SECRET}`,
      `http://a:b@c/${Receiver.SECRET}`,
      `http://a/"\noutput = "/tmp/x`,
    ].entries()) {
      secret(url, `secret-${i}`);
      await fails(url === '' ? 'there is no Secret' : 'as url is no http or https URL', { secret: `secret-${i}` });
    }
    secret(`${receiver.url}\n`, 'with-end-of-line');
    expect((await notify('notify', 'run', { secret: 'with-end-of-line' })).status).toBe('Succeeded');
    expect(receiver.posts).toHaveLength(1);
  });

  test('the API server refuses, or the run is gone', async () => {
    await notify('notify', 'other').then((outcome) => {
      expect(last(outcome)).toBe('ERROR: the PipelineRun other is gone, so nobody is told of it');
    });
    const end = world.cluster.fault({ verb: 'get', resource: 'taskruns', result: 403 });
    expect(last(await notify('notify', 'run'))).toContain('ERROR: the API server refuses');
    end();
    world.cluster.delete('TaskRun', world.namespace, 'run-finish');
    expect(last(await notify('notify', 'run'))).toBe('ERROR: the TaskRun run-finish is gone, so nobody is told of it');
    expect(receiver.posts).toEqual([]);
  });
});

longTest('what has not ended in time is told of all the same, as far as it is known', async () => {
  await begin();
  world.cluster.create({ kind: 'PipelineRun', metadata: { name: 'run', namespace: world.namespace } });
  new TaskRuns(world.cluster, world.namespace, 'run').begin('finish');
  expect((await notify('notify-2', 'run', { deadline: '10' })).status).toBe('Succeeded');
  expect(messages()).toEqual([
    {
      service: 'reviews',
      namespace: 'team',
      run: 'run',
      verdict: null,
      reason: 'finish has not ended within 10 seconds',
      commit: null,
      winner: null,
      image: null,
      weights: {},
      link: null,
    },
  ]);
  await notify('notify', 'run', { deadline: '0' });
  expect(messages()[1].text).toBe(
    'reviews in team: no verdict\n```\nreason   finish has not ended within 0 seconds\nrun      run\n```',
  );
});
