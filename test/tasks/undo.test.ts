import { Duration } from 'cdk8s';
import { ServiceAccount } from 'cdk8s-plus-25';
import { Iter8Api, Iter8Pipeline, LoadProfile, Notification, Rollout, StopSignal } from '../../lib';
import { newCanary, REVIEWS } from '../support/canary';
import { manifest, manifests, newChart, problems } from '../support/synth';

const paramsOf = ({ params }: any) => Object.fromEntries(params.map(({ name, value }: any) => [name, value]));

test('a canary that nobody asks for it has nothing of it', () => {
  const { chart } = newCanary();
  expect(manifests(chart).filter(({ metadata }) => /undo|previous/.test(metadata.name))).toEqual([]);
});

test('it is a Pipeline that does what the canary does with a version, and knows which one from its first task', () => {
  const { chart, canary } = newCanary({
    load: LoadProfile.constantRate({ host: 'reviews.example.com', perSecond: 20 }),
    notify: [Notification.slack({ secretName: 'slack' })],
    approvalDeadline: Duration.hours(1),
    historyLimit: 3,
    baseline: 'reviews-v1',
    stopSignal: StopSignal.sharedClaim(),
  });
  const undo = canary.undo();
  expect(canary.undo()).toBe(undo);
  expect(problems(chart)).toEqual([]);
  const [ours, theirs] = ['canary-undo', 'canary'].map((name) => manifest(chart, 'Pipeline', name).spec);
  const previous = (result: string) => `$(tasks.previous.results.${result})`;
  const [first, ...rest] = ours.tasks;
  expect(first).toEqual({
    name: 'previous',
    taskRef: { kind: 'Task', name: 'canary-previous' },
    params: [
      { name: 'baseline', value: 'reviews-v1' },
      { name: 'namespace', value: 'delivery' },
      { name: 'run', value: '$(context.pipelineRun.uid)' },
      { name: 'service', value: 'reviews' },
    ],
    retries: 1,
    timeout: '10m',
  });
  // All else is as in the canary, but for where the version comes from.
  const withoutVersion = (task: any) => {
    const { commit, image, baseline, rollout, build, tasks, ...params } = paramsOf(task);
    const runAfter = task.runAfter?.map((name: string) => (name === 'build' ? 'previous' : name));
    return { ...task, params, runAfter };
  };
  expect([...rest, ...ours.finally].map(withoutVersion)).toEqual(
    [...theirs.tasks.slice(1), ...theirs.finally].map(withoutVersion),
  );
  expect([ours.results, ours.workspaces]).toEqual([theirs.results, theirs.workspaces]);
  const [experiment, deploy] = rest.map(paramsOf);
  expect(experiment).toMatchObject({
    commit: previous('commit'),
    baseline: previous('live'),
    rollout: '$(params.rollout)',
  });
  expect(deploy).toMatchObject({ commit: previous('commit'), image: previous('image') });
  const notify = ours.finally.find(({ name }: any) => name === 'notify');
  expect(paramsOf(notify)).toMatchObject({ build: 'previous', finish: 'finish' });
  expect(ours.params).toMatchObject([
    { name: 'repository', default: 'https://git.example.com/bookinfo/reviews' },
    { name: 'rollout', default: 'canary' },
  ]);
  // The canary's own tasks are not told a way.
  expect(paramsOf(theirs.tasks[1])).not.toHaveProperty('rollout');
});

test('its runs have the accounts of the canary, and one for its first task, which may only look', () => {
  const { chart, canary } = newCanary({ serviceNamespace: 'bookinfo' });
  canary.undo().newRun(chart, 'run', { params: { rollout: Rollout.AT_ONCE } });
  expect(problems(chart)).toEqual([]);
  const { metadata, spec } = manifest(chart, 'PipelineRun');
  expect(metadata).toMatchObject({ generateName: 'canary-undo-', namespace: 'delivery' });
  expect(spec.params).toEqual([{ name: 'rollout', value: 'at-once' }]);
  expect(spec.taskRunSpecs.map((each: any) => [each.pipelineTaskName, each.serviceAccountName])).toEqual([
    ['deploy', 'canary-deploy'],
    ['experiment', 'canary-experiment'],
    ['finish', 'canary-wait'],
    ['previous', 'canary-previous'],
    ['wait', 'canary-wait'],
  ]);
  const roles = manifests(chart).filter((each) => each.kind === 'Role' && each.metadata.name.endsWith('previous'));
  expect(roles.map((role) => role.metadata.namespace)).toEqual(['bookinfo']);
  expect(new Set(roles[0].rules.flatMap(({ verbs }: any) => verbs))).toEqual(new Set(['get', 'list']));
});

test('an account of ones own takes the place of that', () => {
  const chart = newChart('delivery');
  const previousTask = ServiceAccount.fromServiceAccountName(chart, 'mine', 'mine', { namespaceName: 'delivery' });
  const canary = new Iter8Pipeline(chart, 'canary', { ...REVIEWS, serviceAccounts: { previousTask } });
  canary.undo().newRun(chart, 'run');
  expect(canary.serviceAccounts.previousTask).toBeUndefined();
  expect(manifest(chart, 'PipelineRun').spec.taskRunSpecs).toContainEqual({
    pipelineTaskName: 'previous',
    serviceAccountName: 'mine',
  });
});

test('the Task speaks the version of iter8’s API that the canary does', () => {
  const { chart, canary } = newCanary({ api: Iter8Api.V1ALPHA1 });
  canary.undo();
  const { env } = manifest(chart, 'Task', 'canary-previous').spec.steps[0];
  expect(env).toContainEqual({ name: 'ITER8_API_VERSION', value: 'iter8.tools/v1alpha1' });
});

test('a way that is not known is refused, and so is a revision', () => {
  const { chart, canary } = newCanary();
  expect(() => canary.undo().newRun(chart, 'run', { params: { rollout: 'now' } })).toThrow(
    'chart/run: rollout is "now"; expected one of Rollout',
  );
  canary.undo().newRun(chart, 'other', { revision: 'main' });
  expect(problems(chart)).toEqual([expect.stringContaining('(param-binding)')]);
});
