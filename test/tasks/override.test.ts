import { Duration } from 'cdk8s';
import { ServiceAccount } from 'cdk8s-plus-25';
import { Iter8Api, Iter8Pipeline, Override, OverrideTask, Pipeline } from '../../lib';
import { newCanary, REVIEWS } from '../support/canary';
import { manifest, manifests, newChart, problems } from '../support/synth';

test('a canary that nobody asks for them has no siblings', () => {
  const { chart } = newCanary();
  expect(manifests(chart).filter(({ metadata }) => metadata.name.includes('override'))).toEqual([]);
});

test.each(Object.values(Override))('%s is a Pipeline with one task, made once', (action) => {
  const { chart, canary } = newCanary({ serviceNamespace: 'bookinfo' });
  const sibling = canary[action]();
  expect(canary[action]()).toBe(sibling);
  sibling.newRun(chart, 'run');
  expect(problems(chart)).toEqual([]);
  const { spec } = manifest(chart, 'Pipeline', `canary-${action}`);
  expect(spec.tasks).toEqual([
    {
      name: action,
      taskRef: { kind: 'Task', name: 'canary-override' },
      params: [
        { name: 'action', value: action },
        { name: 'deadline', value: '600' },
        { name: 'namespace', value: 'bookinfo' },
        { name: 'pipeline-run', value: '$(context.pipelineRun.namespace)/$(context.pipelineRun.name)' },
        { name: 'run', value: '$(context.pipelineRun.uid)' },
        { name: 'service', value: 'reviews' },
      ],
      retries: 1,
      timeout: '20m',
    },
  ]);
  expect(spec.results.map(({ name, value }: any) => [name, value])).toEqual(
    ['image', 'reason', 'report', 'verdict', 'winner'].map((name) => [name, `$(tasks.${action}.results.${name})`]),
  );
  expect(manifest(chart, 'PipelineRun')).toMatchObject({
    metadata: { generateName: `canary-${action}-`, namespace: 'delivery' },
    spec: {
      pipelineRef: { name: `canary-${action}` },
      taskRunSpecs: [{ pipelineTaskName: action, serviceAccountName: 'canary-override' }],
    },
  });
});

test('all four share a Task and a service account, which may look at runs too', () => {
  const { chart, canary } = newCanary({ serviceNamespace: 'bookinfo' });
  for (const action of Object.values(Override)) {
    canary[action]();
  }
  const all = manifests(chart);
  const named = (kind: string) =>
    all.filter((each) => each.kind === kind && each.metadata.name.endsWith('canary-override'));
  expect([named('Task').length, named('ServiceAccount').length]).toEqual([1, 1]);
  expect(named('Role').map(({ metadata, rules }) => [metadata.namespace, rules.length])).toEqual([
    ['bookinfo', OverrideTask.API_CALLS.length],
    ['delivery', 1],
  ]);
  canary.serviceAccounts.overrideTask?.allow({ group: '', resources: ['events'], verbs: ['create'] });
  expect(manifest(chart, 'Role', 'delivery.canary-override').rules).toHaveLength(OverrideTask.API_CALLS.length + 1);
});

test('a service account of ones own takes the place of it', () => {
  const chart = newChart('delivery');
  const overrideTask = ServiceAccount.fromServiceAccountName(chart, 'mine', 'mine', { namespaceName: 'delivery' });
  const canary = new Iter8Pipeline(chart, 'canary', { ...REVIEWS, serviceAccounts: { overrideTask } });
  canary.rollback().newRun(chart, 'run');
  expect(canary.serviceAccounts.overrideTask).toBeUndefined();
  expect(manifest(chart, 'PipelineRun').spec.taskRunSpecs[0].serviceAccountName).toBe('mine');
});

test('the Task speaks the version of iter8’s API that the canary does', () => {
  const { chart, canary } = newCanary({ api: Iter8Api.V1ALPHA1 });
  canary.pause();
  const { env } = manifest(chart, 'Task', 'canary-override').spec.steps[0];
  expect(env).toContainEqual({ name: 'ITER8_PAUSE', value: '{"action":"pause"}' });
});

test('a task of ones own pipeline waits as long as it is said to', () => {
  const chart = newChart('delivery');
  const pipeline = new Pipeline(chart, 'own');
  const inputs = { service: 'reviews', namespace: 'bookinfo', action: Override.ROLLBACK, name: 'back' };
  const use = new OverrideTask(chart, 'task').addTo(pipeline, { ...inputs, deadline: Duration.minutes(1) });
  expect([use.name, use._render().timeout, use.verdict]).toEqual(['back', '11m', '$(tasks.back.results.verdict)']);
});

test('historyLimit adds housekeeping under finally, whose account may delete only runs and experiments', () => {
  const { chart, canary } = newCanary({ serviceNamespace: 'bookinfo', historyLimit: 3 });
  expect(canary.housekeepingTask?.name).toBe('housekeeping');
  const { spec } = manifest(chart, 'Pipeline');
  const use = spec.finally.find(({ name }: any) => name === 'housekeeping');
  expect(use).toMatchObject({ taskRef: { name: 'canary-housekeeping' }, timeout: '10m' });
  expect(use.params.map(({ value }: any) => value)).toEqual([
    '3',
    'bookinfo',
    '$(context.pipeline.name)',
    '$(context.pipelineRun.namespace)/$(context.pipelineRun.name)',
    '$(context.pipelineRun.uid)',
    'reviews',
  ]);
  expect(manifest(chart, 'Task', 'canary-housekeeping').spec.steps[0].onError).toBe('continue');
  const rules = (name: string) => manifest(chart, 'Role', name).rules.map((rule: any) => [rule.resources, rule.verbs]);
  expect(rules('canary-housekeeping')).toEqual([[['pipelineruns'], ['list', 'delete']]]);
  expect(rules('delivery.canary-housekeeping')).toEqual([
    [['deployments'], ['list']],
    [['experiments'], ['list', 'delete']],
  ]);
  expect(() => newCanary({ historyLimit: 0 })).toThrow('historyLimit is 0; expected a number from 1 to 999999');
});

test('a revision means nothing to it', () => {
  const { chart, canary } = newCanary();
  canary.rollback().newRun(chart, 'run', { revision: 'main' });
  expect(problems(chart)).toEqual([expect.stringContaining('(param-binding)')]);
});
