import { Chart } from 'cdk8s';
import {
  Exposure,
  GitHubWebhook,
  type GitHubWebhookProps,
  GitLabWebhook,
  JsonWebhook,
  type JsonWebhookProps,
  Pipeline,
  Task,
  TaskServiceAccount,
} from '../../lib';
import { HOSTILE } from '../support/hostile-values';
import { schemaProblems } from '../support/schemas';
import { manifest, manifests, newChart, problems } from '../support/synth';

const REPOSITORY = 'https://git.example.com/bookinfo/reviews';

function delivery(chart: Chart, repository: string | undefined = REPOSITORY): Pipeline {
  const pipeline = new Pipeline(chart, 'reviews');
  pipeline.addParam('repository', { defaultValue: repository });
  pipeline.addParam('revision', { defaultValue: '' });
  const { name } = new TaskServiceAccount(chart, 'reviews-build');
  pipeline.addTask('build', Task.fromName('build'), { serviceAccountName: name });
  return pipeline;
}

function gitHub(props: Partial<GitHubWebhookProps> = {}): Chart {
  const chart = newChart();
  new GitHubWebhook(chart, 'push', { run: { pipeline: delivery(chart) }, secretName: 'github', ...props });
  return chart;
}

/** A parameter of an interceptor. */
function told(chart: Chart, interceptor: string, param: string): any {
  const [trigger] = manifest(chart, 'EventListener').spec.triggers;
  const found = trigger.interceptors.find(({ ref }: any) => ref.name === interceptor);
  return found?.params.find(({ name }: any) => name === param)?.value;
}

test('a push to the default branch of the repository of the pipeline starts a run of its commit', () => {
  const chart = gitHub();
  expect(told(chart, 'github', 'secretRef')).toEqual({ secretName: 'github', secretKey: 'token' });
  expect(told(chart, 'github', 'eventTypes')).toEqual(['push']);
  expect(told(chart, 'cel', 'filter').split(' && ')).toEqual([
    "!''.compareSecret('token', 'github')",
    "body.ref == 'refs/heads/' + body.repository.default_branch",
    "body.after.matches('^([0-9a-f]{40}|[0-9a-f]{64})$')",
    "!body.after.matches('^0+$')",
    `body.repository.clone_url in ['${REPOSITORY}', '${REPOSITORY}.git']`,
  ]);
  expect(told(chart, 'cel', 'overlays')).toEqual([
    { key: 'repository', expression: 'body.repository.clone_url' },
    { key: 'revision', expression: 'body.after' },
  ]);
  expect(manifest(chart, 'TriggerBinding').spec.params).toEqual([
    { name: 'repository', value: '$(extensions.repository)' },
    { name: 'revision', value: '$(extensions.revision)' },
  ]);
  expect(manifest(chart, 'TriggerTemplate').spec).toEqual({
    params: [{ name: 'repository' }, { name: 'revision' }],
    resourcetemplates: [
      {
        apiVersion: 'tekton.dev/v1',
        kind: 'PipelineRun',
        metadata: { namespace: 'team', generateName: 'reviews-' },
        spec: {
          pipelineRef: { name: 'reviews' },
          params: [
            { name: 'repository', value: '$(tt.params.repository)' },
            { name: 'revision', value: '$(tt.params.revision)' },
          ],
          timeouts: { pipeline: '1h', tasks: '1h' },
          taskRunSpecs: [{ pipelineTaskName: 'build', serviceAccountName: 'reviews-build' }],
        },
      },
    ],
  });
  expect(manifests(chart).flatMap(schemaProblems)).toEqual([]);
});

test('the listener may create runs and read objects of Triggers, and nothing else', () => {
  const chart = gitHub();
  expect(manifest(chart, 'EventListener').spec.serviceAccountName).toBe('push');
  expect(manifest(chart, 'Role', 'push').rules).toEqual([
    {
      apiGroups: ['triggers.tekton.dev'],
      resources: ['eventlisteners', 'interceptors', 'triggerbindings', 'triggers', 'triggertemplates'],
      verbs: ['list', 'watch'],
    },
    { apiGroups: ['tekton.dev'], resources: ['pipelineruns'], verbs: ['create'] },
  ]);
  const role = manifest(chart, 'ClusterRole');
  expect(role.metadata).toEqual({ name: 'team.push' });
  expect(role.rules).toEqual([
    {
      apiGroups: ['triggers.tekton.dev'],
      resources: ['clusterinterceptors', 'clustertriggerbindings'],
      verbs: ['list', 'watch'],
    },
  ]);
  expect(manifest(chart, 'ClusterRoleBinding')).toMatchObject({
    metadata: { name: 'team.push' },
    roleRef: { kind: 'ClusterRole', name: 'team.push' },
    subjects: [{ kind: 'ServiceAccount', name: 'push', namespace: 'team' }],
  });
});

test('what the run says is in the template', () => {
  const chart = newChart();
  new GitHubWebhook(chart, 'push', {
    run: {
      pipeline: delivery(chart),
      generateName: 'pushed-',
      metadata: { annotations: { by: 'a push' } },
      params: { repository: 'https://mirror.example.com/reviews' },
      serviceAccountName: 'mine',
    },
    repositories: ['https://github.example.com/bookinfo/reviews.git'],
    branches: ['main', 'release/1.0'],
    secretName: 'github',
    secretKey: 'webhook.secret',
    name: 'listener',
  });
  const [run] = manifest(chart, 'TriggerTemplate', 'listener').spec.resourcetemplates;
  expect(run.metadata).toEqual({ namespace: 'team', generateName: 'pushed-', annotations: { by: 'a push' } });
  expect(run.spec.taskRunTemplate).toEqual({ serviceAccountName: 'mine' });
  // It is fetched from the mirror, whatever the event says.
  expect(run.spec.params).toEqual([
    { name: 'repository', value: 'https://mirror.example.com/reviews' },
    { name: 'revision', value: '$(tt.params.revision)' },
  ]);
  expect(manifest(chart, 'TriggerBinding').spec.params.map(({ name }: any) => name)).toEqual(['revision']);
  const filter = told(chart, 'cel', 'filter');
  expect(filter).toContain("body.ref in ['refs/heads/main', 'refs/heads/release/1.0']");
  expect(filter).toContain(
    "in ['https://github.example.com/bookinfo/reviews', 'https://github.example.com/bookinfo/reviews.git']",
  );
  expect(told(chart, 'github', 'secretRef')).toEqual({ secretName: 'github', secretKey: 'webhook.secret' });
});

test('what is added to the pipeline later is in the run', () => {
  const chart = newChart();
  const pipeline = delivery(chart);
  new GitHubWebhook(chart, 'push', { run: { pipeline }, secretName: 'github' });
  pipeline.addTask('test', Task.fromName('test'), { serviceAccountName: 'tester' });
  const [run] = manifest(chart, 'TriggerTemplate').spec.resourcetemplates;
  expect(run.spec.taskRunSpecs.map(({ serviceAccountName }: any) => serviceAccountName)).toEqual([
    'reviews-build',
    'tester',
  ]);
});

test('a JsonWebhook compares a header with the secret first, and takes expressions of CEL', () => {
  const chart = newChart();
  new JsonWebhook(chart, 'event', {
    run: { pipeline: delivery(chart) },
    secretName: 'events',
    header: 'X-Token',
    repository: 'body.data.repository',
    revision: 'body.data.commit',
    filter: "header.match('Ce-Type', 'com.example.push') || body.force",
  });
  expect(told(chart, 'cel', 'filter')).toMatch(
    /^!''\.compareSecret\('token', 'events'\) && header\.canonical\('X-Token'\)\.compareSecret\('token', 'events'\) && \(header\.match\('Ce-Type', 'com\.example\.push'\) \|\| body\.force\) && \(body\.data\.commit\)\.matches\(/,
  );
  expect(told(chart, 'cel', 'overlays')).toEqual([
    { key: 'repository', expression: '(body.data.repository)' },
    { key: 'revision', expression: '(body.data.commit)' },
  ]);
});

test('a listener is reached from outside by an Ingress or a Route, encrypted', () => {
  const ingress = gitHub({
    exposure: Exposure.ingress('hooks.example.com', {
      tlsSecretName: 'hooks-tls',
      ingressClassName: 'nginx',
      annotations: { a: 'b' },
    }),
  });
  expect(manifest(ingress, 'Ingress')).toMatchObject({ metadata: { name: 'push', annotations: { a: 'b' } } });
  expect(manifest(ingress, 'Ingress').spec).toEqual({
    ingressClassName: 'nginx',
    rules: [
      {
        host: 'hooks.example.com',
        http: {
          paths: [
            {
              path: '/',
              pathType: 'Prefix',
              backend: { service: { name: 'el-push', port: { name: 'http-listener' } } },
            },
          ],
        },
      },
    ],
    tls: [{ hosts: ['hooks.example.com'], secretName: 'hooks-tls' }],
  });
  const simple = gitHub({ exposure: Exposure.ingress('hooks.example.com') });
  expect(manifest(simple, 'Ingress').spec.tls).toEqual([{ hosts: ['hooks.example.com'] }]);

  const route = gitHub({ exposure: Exposure.route() });
  expect(manifest(route, 'Route').spec).toEqual({
    port: { targetPort: 'http-listener' },
    tls: { termination: 'edge', insecureEdgeTerminationPolicy: 'None' },
    to: { kind: 'Service', name: 'el-push' },
  });
  const named = gitHub({ exposure: Exposure.route('hooks.apps.example.com') });
  expect(manifest(named, 'Route').spec.host).toBe('hooks.apps.example.com');
  expect(manifests(named).flatMap(schemaProblems)).toEqual([]);
});

test.each<[props: object, message: string]>([
  [{ secretName: undefined }, 'chart/push: secretName is undefined; expected'],
  [{ secretName: '' }, 'chart/push: secretName is ""; expected'],
  [{ secretKey: '' }, 'chart/push: secretKey is ""; expected letters, digits'],
  [{ repositories: [] }, 'chart/push: repositories is []; expected the URL of a repository at least'],
  [{ repositories: ['git@example.com:a/b'] }, 'chart/push: a repository is "git@example.com:a/b"; expected an https'],
  [{ repositories: ['https://user:pass@example.com/a'] }, 'chart/push: a repository is "https://user:pass@'],
  [{ branches: ['release/*'] }, 'chart/push: a branch is "release/*"; expected a branch: letters'],
  [{ branches: [] }, 'chart/push: branches is []; expected a branch at least'],
  [{ name: 'a'.repeat(61) }, `chart/push: name is "${'a'.repeat(61)}"; expected at most 60`],
  [{ name: 'a.b' }, 'chart/push: name is "a.b"; expected'],
])('a webhook is refused with %j', (props, message) => {
  expect(() => gitHub(props)).toThrow(message);
});

test.each<[run: object, message: string]>([
  [{ params: { revision: 'main' } }, 'param revision is "main"; expected none, because the event has it'],
  [{ metadata: { name: 'mine' } }, 'metadata.name is "mine"; expected no name for a PipelineRun'],
  [{ generateName: 'A' }, 'generateName is "A"'],
  [{ params: { repository: 'git@example.com:a' } }, 'a repository is "git@example.com:a"'],
])('a webhook is refused with a run that has %j', (run, message) => {
  const chart = newChart();
  const pipeline = delivery(chart);
  const props = { run: { pipeline, ...run }, secretName: 'github' };
  expect(() => new GitHubWebhook(chart, 'push', props)).toThrow(`chart/push: ${message}`);
});

test('a source that is fetched over ssh takes the URLs of events besides', () => {
  const url = 'ssh://git@git.example.com/bookinfo/reviews';
  const chart = newChart();
  const run = { pipeline: delivery(chart, url) };
  expect(() => new GitHubWebhook(chart, 'push', { run, secretName: 'github' })).toThrow(
    `chart/push: a repository is "${url}"; expected an https or http URL without a password: https://git.example.com/team/service; fix: name in repositories the URLs that events have; what is fetched otherwise, in params of run`,
  );
  const params = { repository: url };
  new GitHubWebhook(chart, 'ssh', { run: { ...run, params }, repositories: [REPOSITORY], secretName: 'github' });
  const [made] = manifest(chart, 'TriggerTemplate').spec.resourcetemplates;
  expect(made.spec.params[0]).toEqual({ name: 'repository', value: url });
});

test('events of any repository are refused, and so is a chart without a namespace or with labels', () => {
  const chart = newChart();
  const elsewhere = { run: { pipeline: Pipeline.fromName('reviews') }, secretName: 'github' };
  expect(() => new GitHubWebhook(chart, 'push', elsewhere)).toThrow(
    'chart/push: repositories is undefined; expected the URL of a repository at least, because events of any would count; fix: name them, or give param repository of the Pipeline a default',
  );
  new GitHubWebhook(chart, 'named', { ...elsewhere, repositories: [REPOSITORY] });
  const nowhere = new Chart(chart.node.root, 'nowhere');
  expect(() => new GitHubWebhook(nowhere, 'push', { ...elsewhere, repositories: [REPOSITORY] })).toThrow(
    'the chart has no namespace',
  );
  const labelled = new Chart(chart.node.root, 'labelled', { namespace: 'team', labels: { app: 'reviews' } });
  expect(() => new GitHubWebhook(labelled, 'push', elsewhere)).toThrow(
    'labelled/push: the chart has the label app=reviews, which the pods of the listener would get',
  );
});

test.each<[props: Partial<JsonWebhookProps>, message: string]>([
  [{ header: 'X Token' }, 'header is "X Token"; expected the name of a header'],
  [{ repository: ' ' }, 'repository is " "; expected an expression of CEL'],
  [{ revision: '' }, 'revision is ""; expected an expression of CEL'],
  [{ filter: '' }, 'filter is ""; expected an expression of CEL'],
])('a JsonWebhook is refused with %j', (props, message) => {
  const chart = newChart();
  const run = { pipeline: delivery(chart) };
  expect(() => new JsonWebhook(chart, 'event', { run, secretName: 'events', ...props })).toThrow(message);
});

test.each([
  () => Exposure.ingress('Hooks'),
  () => Exposure.ingress('hooks.example.com', { tlsSecretName: '' }),
  () => Exposure.ingress('hooks.example.com', { ingressClassName: 'a b' }),
  () => Exposure.route('*'),
])('an exposure is refused where a name is none', (make) => {
  expect(make).toThrow('; expected at most 253 lower-case letters');
});

test('a name is either refused or written so that an expression can not be left', () => {
  for (const value of HOSTILE) {
    for (const props of [
      { branches: [value] },
      { repositories: [value] },
      { secretName: value },
      { secretKey: value },
    ]) {
      let chart: Chart;
      try {
        chart = gitHub(props);
      } catch (error) {
        expect((error as Error).message).toContain('; fix: ');
        continue;
      }
      expect(value).toMatch(/^[A-Za-z0-9._/:@+#-]+$/);
      expect(told(chart, 'cel', 'filter')).toContain(value);
    }
  }
});

test('mistakes of the run, and names that are taken, are found by synth', () => {
  const chart = newChart();
  const pipeline = new Pipeline(chart, 'plain');
  pipeline.addTask('build', Task.fromName('build'));
  const props = { run: { pipeline }, secretName: 'hook', repositories: [REPOSITORY] };
  new GitHubWebhook(chart, 'a', { ...props, name: 'same' });
  new GitLabWebhook(chart, 'b', { ...props, name: 'same' });
  const found = problems(chart).join('\n');
  expect(found).toContain('chart/a: a value for "repository", which is no param of Pipeline plain');
  expect(found).toContain('chart/a: a value for "revision", which is no param of Pipeline plain');
  expect(found).toContain('chart/b: the EventListener "same", which chart/a defines as well');
});
