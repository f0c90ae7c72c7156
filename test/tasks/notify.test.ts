import { Duration } from 'cdk8s';
import { ServiceAccount } from 'cdk8s-plus-25';
import {
  BuildTask,
  Context,
  Criterion,
  GitSource,
  Iter8Pipeline,
  type Iter8PipelineProps,
  Iter8Tasks,
  Notification,
  NotifyTask,
  Pipeline,
  WaitTask,
} from '../../lib';
import { manifest, manifests, newChart, problems } from '../support/synth';

const slack = Notification.slack({ secretName: 'slack' });
const props: Iter8PipelineProps = {
  source: GitSource.repository('https://git.example.com/bookinfo/reviews'),
  image: 'registry.example.com/bookinfo/reviews',
  service: 'reviews',
  criteria: [Criterion.errorRate({ below: 0.01 })],
};
const service = { service: 'reviews', namespace: 'bookinfo' };

test('each notification is a task under finally, whose failure is ignored and which has just its rights', () => {
  const chart = newChart('delivery');
  const link = `https://tekton.example.com/${Context.PIPELINE_RUN_NAMESPACE}/${Context.PIPELINE_RUN_NAME}`;
  const url = 'http://hooks.example.com:8080/canary?team=bookinfo';
  const canary = new Iter8Pipeline(chart, 'canary', {
    ...props,
    serviceNamespace: 'bookinfo',
    notify: [Notification.slack({ secretName: 'slack', secretKey: 'hook', link }), Notification.webhook({ url })],
  });
  canary.newRun(chart, 'run');
  expect(problems(chart)).toEqual([]);
  const common = {
    build: 'build',
    deadline: '1800',
    finish: 'finish',
    namespace: 'bookinfo',
    'pipeline-run': '$(context.pipelineRun.namespace)/$(context.pipelineRun.name)',
    service: 'reviews',
  };
  const uses = manifest(chart, 'Pipeline').spec.finally.filter(({ name }: any) => name !== 'finish');
  expect(
    uses.map(({ params, ...use }: any) => [use, Object.fromEntries(params.map((p: any) => [p.name, p.value]))]),
  ).toEqual(
    [
      ['notify', { format: 'slack', link, secret: 'slack', 'secret-key': 'hook', url: '' }],
      ['notify-2', { format: 'json', link: '', secret: 'none', 'secret-key': 'url', url }],
    ].map(([name, own]) => [
      { name, taskRef: { kind: 'Task', name: 'canary-notify' }, timeout: '35m', onError: 'continue' },
      { ...common, ...(own as object) },
    ]),
  );
  expect(canary.notifyTasks.map(({ name }) => name)).toEqual(['notify', 'notify-2']);
  const { taskRunSpecs, timeouts } = manifest(chart, 'PipelineRun').spec;
  expect(taskRunSpecs).toContainEqual({ pipelineTaskName: 'notify-2', serviceAccountName: 'canary-notify' });
  expect(timeouts.finally).toBe('35m');
  const roles = manifests(chart).filter(({ kind, metadata }) => kind === 'Role' && metadata.name.endsWith('notify'));
  expect(roles).toEqual([
    expect.objectContaining({
      metadata: { name: 'canary-notify', namespace: 'delivery' },
      rules: [{ apiGroups: ['tekton.dev'], resources: ['pipelineruns', 'taskruns'], verbs: ['get'] }],
    }),
  ]);
});

test('the URL comes from the Secret, and a Secret that is missing does not keep the pod from starting', () => {
  const chart = newChart();
  new NotifyTask(chart, 'notify');
  const [{ env }] = manifest(chart, 'Task').spec.steps;
  expect(env.filter(({ valueFrom }: any) => valueFrom)).toEqual([
    {
      name: 'SECRET_URL',
      valueFrom: { secretKeyRef: { name: '$(params.secret)', key: '$(params.secret-key)', optional: true } },
    },
  ]);
});

test('without notifications there is nothing for them', () => {
  const chart = newChart();
  const canary = new Iter8Pipeline(chart, 'canary', props);
  expect(JSON.stringify(manifests(chart))).not.toContain('notify');
  expect([canary.notifyTasks, canary.serviceAccounts.notifyTask]).toEqual([[], undefined]);
});

test('a fleet shares one Task, and a service account of ones own can be given', () => {
  const chart = newChart();
  const tasks = new Iter8Tasks(chart, 'shared');
  const notifyTask = ServiceAccount.fromServiceAccountName(chart, 'mine', 'mine', { namespaceName: 'team' });
  for (const name of ['reviews', 'ratings']) {
    const canary = new Iter8Pipeline(chart, name, {
      ...props,
      tasks,
      notify: [slack],
      serviceAccounts: { notifyTask },
    });
    expect(canary.notifyTasks[0].serviceAccountName).toBe('mine');
  }
  const names = manifests(chart).filter(({ kind }) => kind === 'Task');
  expect(names.map(({ metadata }) => metadata.name).filter((name) => name.includes('notify'))).toEqual([
    'shared-notify',
  ]);
});

test('it waits for as long as finish may take', () => {
  const chart = newChart();
  const pipeline = new Pipeline(chart, 'own');
  const finishTask = new WaitTask(chart, 'wait').addFinallyTo(pipeline, { ...service, timeout: Duration.minutes(5) });
  const own = new NotifyTask(chart, 'notify').addFinallyTo(pipeline, {
    ...service,
    notification: slack,
    finishTask,
    name: 'tell',
  });
  const { params = [], name } = own._render();
  expect(name).toBe('tell');
  expect(params).toContainEqual({ name: 'deadline', value: '900' });
  expect(params).toContainEqual({ name: 'build', value: '' });
});

test('tasks of another Pipeline are refused', () => {
  const chart = newChart();
  const other = new Pipeline(chart, 'other');
  const pipeline = new Pipeline(chart, 'own');
  const wait = new WaitTask(chart, 'wait');
  const task = new NotifyTask(chart, 'notify');
  const elsewhere = wait.addFinallyTo(other, service);
  const expected = 'expected a task of the same Pipeline; fix: give the one that was added to this Pipeline';
  expect(() => task.addFinallyTo(pipeline, { ...service, notification: slack, finishTask: elsewhere })).toThrow(
    `chart/own/notify: finishTask is "finish"; ${expected}`,
  );
  const finishTask = wait.addFinallyTo(pipeline, service);
  const inputs = { repository: 'https://git.example.com/a', image: 'example.com/a' };
  const buildTask = new BuildTask(chart, 'build').addTo(other, inputs);
  expect(() => task.addFinallyTo(pipeline, { ...service, notification: slack, finishTask, buildTask })).toThrow(
    `chart/own/notify: buildTask is "build"; ${expected}`,
  );
});

test.each<[() => Notification, string]>([
  [
    () => Notification.slack({ secretName: 'Slack' }),
    'Notification.slack: secretName is "Slack"; expected at most 253',
  ],
  [() => Notification.slack({} as any), 'Notification.slack: secretName is undefined'],
  [
    () => Notification.slack({ secretName: 'a', secretKey: '$(params.x)' }),
    'Notification.slack: secretKey is "$(params.x)"; expected the key of a Secret',
  ],
  [
    () => Notification.slack({ secretName: 'a', link: 'javascript:alert(1)' }),
    'Notification.slack: link is "javascript:alert(1)"; expected an http or https URL',
  ],
  [() => Notification.slack({ secretName: 'a', link: 'https://a/"' }), 'Notification.slack: link is "https://a/\\""'],
  [
    () => Notification.webhook({}),
    'Notification.webhook: where it goes is {}; expected exactly one of secretName and url; fix: give one of them',
  ],
  [
    () => Notification.webhook({ secretName: 'a', url: 'https://a/' }),
    'Notification.webhook: where it goes is {"secretName"',
  ],
  [
    () => Notification.webhook({ url: 'https://user:password@a/' }),
    'Notification.webhook: url is "https://user:password@a/"; expected an http or https URL',
  ],
  [
    () => Notification.webhook({ url: 'https://a/', secretKey: 'b' }),
    'Notification.webhook: secretKey is "b"; expected none with url, only with secretName; fix: remove it',
  ],
])('%s is refused', (make, message) => {
  expect(make).toThrow(message);
});
