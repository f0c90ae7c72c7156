import { App, Chart } from 'cdk8s';
import { Criterion, GitHubWebhook, GitLabWebhook, GitSource, Iter8Pipeline, JsonWebhook } from '../../lib';
import { cloudEvent, gitHubPush, gitLabPush, jsonEvent, type Request } from '../support/events';
import { CANARY } from '../support/hostile-values';
import { apply } from './support/bookinfo';
import { eventually, find, kubectl, list } from './support/kubectl';
import { Repository } from './support/repository';
import { patch, taskRuns } from './support/run';

jest.setTimeout(300_000);

const NAMESPACE = 'reviews-webhook';
const HOOKS = ['github', 'gitlab', 'json', 'nobody'];
const SECRET = 'It is $(uid) and "quoted"';

afterAll(async () => {
  await Repository.closeAll();
  const roles = HOOKS.map((hook) => `${NAMESPACE}.${hook}`);
  await kubectl(['delete', 'clusterrole,clusterrolebinding', '--ignore-not-found', ...roles]);
  await kubectl(['delete', 'namespace', '--ignore-not-found', '--wait=false', NAMESPACE]);
});

/** Sends an event to a webhook, and gives the status of the answer. */
async function send(hook: string, { headers, body }: Request): Promise<number> {
  const address = (await find(NAMESPACE, 'service', `el-${hook}`)).spec.clusterIP;
  const answer = await fetch(`http://${address}:8080/`, { method: 'POST', headers, body });
  return answer.status;
}

/** The values of a run's params that came from an event, and the webhook that started it. */
function started({ metadata, spec }: any): object {
  const values = Object.fromEntries(spec.params.map(({ name, value }: any) => [name, value]));
  return { hook: metadata.labels['triggers.tekton.dev/eventlistener'], ...values };
}

function runs(): Promise<any[]> {
  return list(NAMESPACE, 'pipelineruns');
}

async function install(repository: string): Promise<void> {
  await kubectl(['delete', 'namespace', NAMESPACE, '--ignore-not-found', '--wait=true', '--timeout=120s']);
  await kubectl(['create', 'namespace', NAMESPACE]);
  const secret = ['create', 'secret', 'generic', 'webhook'];
  await kubectl(['-n', NAMESPACE, ...secret, `--from-literal=token=${SECRET}`, '--from-literal=empty=']);
  const chart = new Chart(new App(), 'delivery', { namespace: NAMESPACE });
  const { pipeline } = new Iter8Pipeline(chart, 'reviews', {
    source: GitSource.repository(repository),
    image: 'registry.registry.svc.cluster.local:5000/webhook/reviews',
    service: 'reviews',
    criteria: [Criterion.errorRate({ below: 0.01 })],
  });
  const props = { run: { pipeline }, secretName: 'webhook' };
  new GitHubWebhook(chart, 'github', props);
  new GitLabWebhook(chart, 'gitlab', { ...props, branches: ['main', 'release/1.0'] });
  new JsonWebhook(chart, 'json', { ...props, filter: "!('Ce-Type' in header) || header.match('Ce-Type', 'push')" });
  new GitHubWebhook(chart, 'nobody', { ...props, secretKey: 'empty' });
  await apply(NAMESPACE, chart.toJson());
  await kubectl(['-n', NAMESPACE, 'wait', '--for=condition=Ready', 'eventlistener', '--all', '--timeout=90s']);
}

test('an event of the sender starts a run of its commit, and nothing else starts any', async () => {
  const source = await Repository.create(NAMESPACE);
  const repository = source.url;
  const revision = await source.push({ says: 'pushed' });
  await install(repository);
  const push = { repository, revision };

  const refused: [hook: string, request: Request, status?: number][] = [
    ['github', gitHubPush(push, 'wrong')],
    ['github', { ...gitHubPush(push, SECRET), headers: { 'X-GitHub-Event': 'push' } }],
    ['github', { ...gitHubPush(push, SECRET), body: gitHubPush({ ...push, revision: '1'.repeat(40) }, '').body }],
    ['github', gitHubPush({ ...push, event: 'pull_request' }, SECRET)],
    ['github', gitHubPush({ ...push, ref: 'refs/heads/other' }, SECRET)],
    ['github', gitHubPush({ ...push, ref: 'refs/tags/main' }, SECRET)],
    ['github', gitHubPush({ ...push, repository: 'https://git.example.com/foreign/reviews' }, SECRET)],
    ['github', gitHubPush({ ...push, repository: `${repository}/../foreign.git` }, SECRET)],
    ['github', gitHubPush({ ...push, revision: '0'.repeat(40) }, SECRET)],
    ['github', gitHubPush({ ...push, revision: 'main' }, SECRET)],
    ['github', gitHubPush({ ...push, revision: [revision] }, SECRET)],
    ['github', { ...gitHubPush(push, SECRET), body: '{"ref": ' }, 400],
    ['github', { ...gitHubPush(push, SECRET), body: '' }, 400],
    ['gitlab', gitLabPush(push, 'wrong')],
    ['gitlab', gitLabPush({ ...push, event: 'Tag Push Hook' }, SECRET)],
    ['gitlab', gitLabPush({ ...push, ref: 'refs/heads/release/1x0' }, SECRET)],
    ['json', jsonEvent(push, 'wrong')],
    ['json', { ...jsonEvent(push, SECRET), headers: {} }],
    ['json', cloudEvent({ ...push, event: 'pull' }, SECRET)],
    ...[
      `$(touch ${CANARY})`,
      `"; touch ${CANARY}; "`,
      `main\ntouch ${CANARY}`,
      'main\n',
      '--upload-pack=x',
      'a/../b',
      '","serviceAccountName":"default',
      '$(tt.params.repository)',
      { a: 'b' },
      [',', ':1'],
      null,
      1,
    ].map((hostile): [string, Request] => ['json', jsonEvent({ ...push, revision: hostile }, SECRET)]),
    ['nobody', gitHubPush(push, '')],
  ];
  for (const [hook, request, status = 202] of refused) {
    expect([hook, request.body, await send(hook, request)]).toEqual([hook, request.body, status]);
  }

  expect(await send('github', gitHubPush(push, SECRET))).toBe(202);
  const [run] = await eventually('a run has started', NAMESPACE, 30, async () => {
    const all = await runs();
    return all.length > 0 ? all : undefined;
  });
  expect(started(run)).toEqual({ hook: 'github', repository, revision });
  const { name } = run.metadata;
  expect(name).toMatch(/^reviews-.{5}$/);
  expect(run.spec.timeouts.finally).toBe('30m0s');
  const build = await eventually('its commit is fetched', NAMESPACE, 60, async () => {
    const task = (await taskRuns(NAMESPACE, name)).build;
    return task?.status?.steps?.some((step: any) => step.name === 'clone' && step.terminated) ? task : undefined;
  });
  expect(build.spec.serviceAccountName).toBe('reviews-build');
  const log = await kubectl(['-n', NAMESPACE, 'logs', build.status.podName, '-c', 'step-clone']);
  expect(log).toContain(revision);
  await patch(NAMESPACE, 'pipelinerun', name, { spec: { status: 'Cancelled' } });

  expect(await send('gitlab', gitLabPush({ ...push, ref: 'refs/heads/release/1.0' }, SECRET))).toBe(202);
  expect(await send('json', jsonEvent({ ...push, revision: 'feature/a_1' }, SECRET))).toBe(202);
  expect(await send('json', cloudEvent({ ...push, repository, event: 'push' }, SECRET))).toBe(202);
  const all = await eventually('three more have', NAMESPACE, 30, async () => {
    const found = await runs();
    return found.length > 3 ? found : undefined;
  });
  const expected = [
    { hook: 'github', repository, revision },
    { hook: 'gitlab', repository, revision },
    { hook: 'json', repository, revision },
    { hook: 'json', repository, revision: 'feature/a_1' },
  ];
  expect(all.map(started)).toHaveLength(expected.length);
  expect(all.map(started)).toEqual(expect.arrayContaining(expected));
});
