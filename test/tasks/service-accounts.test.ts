import { ServiceAccount } from 'cdk8s-plus-25';
import { Iter8ServiceAccounts, type Iter8ServiceAccountsProps } from '../../lib';
import { manifest, manifests, newChart } from '../support/synth';

const names = ['build', 'experiment', 'deploy', 'load', 'wait'];
const tasks = ['buildTask', 'experimentTask', 'deployTask', 'loadTask', 'waitTask'] as const;

function accounts(props: Iter8ServiceAccountsProps = {}) {
  const chart = newChart();
  const account = (name: string, namespaceName = 'team') =>
    ServiceAccount.fromServiceAccountName(chart, name, name, { namespaceName });
  return {
    chart,
    account,
    make: (more: Iter8ServiceAccountsProps = {}) => new Iter8ServiceAccounts(chart, 'all', { ...props, ...more }),
  };
}

test('each task has an account of its own', () => {
  const { chart, make } = accounts({ name: 'canary' });
  const all = make();
  expect(tasks.map((task) => all[task]?.name)).toEqual(names.map((name) => `canary-${name}`));
  expect(tasks.map((task) => all._nameOf(task))).toEqual(names.map((name) => `canary-${name}`));
  all.deployTask?.allow({ group: 'networking.k8s.io', resources: ['ingresses'], verbs: ['get', 'create', 'patch'] });
  expect(manifest(chart, 'Role', 'canary-deploy').rules).toContainEqual({
    apiGroups: ['networking.k8s.io'],
    resources: ['ingresses'],
    verbs: ['get', 'create', 'patch'],
  });
});

test('without load there is no account for it', () => {
  const { chart, make } = accounts({ load: false });
  expect(make().loadTask).toBeUndefined();
  expect(manifests(chart).filter(({ kind }) => kind === 'ServiceAccount')).toHaveLength(4);
});

test('those that are given take the place of those that are made, single ones before the one for all', () => {
  const { chart, account, make } = accounts();
  const single = make({ serviceAccounts: { deployTask: account('mine') } });
  expect(tasks.map((task) => single._nameOf(task))).toEqual([
    'all-build',
    'all-experiment',
    'mine',
    'all-load',
    'all-wait',
  ]);
  expect(single.deployTask).toBeUndefined();
  const most = new Iter8ServiceAccounts(chart, 'most', {
    serviceAccount: account('ours'),
    serviceAccounts: { waitTask: account('theirs') },
  });
  expect(tasks.map((task) => most._nameOf(task))).toEqual(['ours', 'ours', 'ours', 'ours', 'theirs']);
  expect(manifests(chart).filter(({ kind }) => kind === 'ServiceAccount')).toHaveLength(4);
});

test('a Secret that would get nowhere is refused', () => {
  const { account, make } = accounts();
  const own = account('own');
  const expected =
    'expected none with a service account of your own, which has to have it; fix: add the Secret to the service account own, and remove it here';
  expect(() => make({ registrySecretName: 'r', serviceAccounts: { buildTask: own } })).toThrow(
    `chart/all: registrySecretName is "r"; ${expected}`,
  );
  expect(() => accounts().make({ gitSecretName: 'g', serviceAccount: own })).toThrow(
    `chart/all: gitSecretName is "g"; ${expected}`,
  );
  const { chart, make: other } = accounts();
  other({ gitSecretName: 'g', serviceAccounts: { buildTask: own } });
  expect(manifest(chart, 'ServiceAccount', 'all-deploy').secrets).toEqual([{ name: 'g' }]);
});

test('an account of another namespace is refused', () => {
  const { account, make } = accounts();
  expect(() => make({ serviceAccounts: { waitTask: account('own', 'other') } })).toThrow(
    'chart/all: the namespace of the service account for waitTask is "other"; expected that of the pipeline, team; fix: take one of that namespace; fromServiceAccountName has namespaceName for it',
  );
});

test('a namespace that is none is refused', () => {
  expect(() => accounts().make({ targetNamespace: '$(params.x)' })).toThrow(
    'chart/all/build: targetNamespace is "$(params.x)"',
  );
});
