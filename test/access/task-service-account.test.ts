import { App, Chart } from 'cdk8s';
import { TaskServiceAccount } from '../../lib';
import { manifests, newChart } from '../support/synth';

const apiCalls = [{ group: 'apps', resources: ['deployments'], verbs: ['get'] }];

test('a task that calls nothing gets no token, and no Role', () => {
  const chart = newChart();
  expect(new TaskServiceAccount(chart, 'build', { secretNames: ['registry'] }).name).toBe('build');
  expect(manifests(chart)).toEqual([
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'build', namespace: 'team' },
      automountServiceAccountToken: false,
      secrets: [{ name: 'registry' }],
    },
  ]);
});

test('a task that calls the API gets a Role for just these calls', () => {
  const chart = newChart();
  new TaskServiceAccount(chart, 'wait', { apiCalls });
  const metadata = { name: 'wait', namespace: 'team' };
  expect(manifests(chart)).toEqual([
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata, automountServiceAccountToken: true },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata,
      rules: [{ apiGroups: ['apps'], resources: ['deployments'], verbs: ['get'] }],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'wait' },
      subjects: [{ kind: 'ServiceAccount', name: 'wait', namespace: 'team' }],
    },
  ]);
});

test('in another namespace the Role has a name that no other pipeline has', () => {
  const chart = newChart();
  new TaskServiceAccount(chart, 'wait', { apiCalls, targetNamespace: 'bookinfo' });
  const found = manifests(chart).map(({ kind, metadata, subjects }) => [
    kind,
    metadata.namespace,
    metadata.name,
    subjects,
  ]);
  expect(found).toEqual([
    ['ServiceAccount', 'team', 'wait', undefined],
    ['Role', 'bookinfo', 'team.wait', undefined],
    ['RoleBinding', 'bookinfo', 'team.wait', [{ kind: 'ServiceAccount', name: 'wait', namespace: 'team' }]],
  ]);
});

test('a chart without a namespace, and a wrong name, are refused', () => {
  expect(() => new TaskServiceAccount(new Chart(new App(), 'chart'), 'build')).toThrow(
    "chart/build: the chart has no namespace; expected one, because a RoleBinding has to name that of its service account; fix: new Chart(app, 'name', { namespace: 'namespace' })",
  );
  expect(() => new TaskServiceAccount(newChart(), 'Build')).toThrow('the name of a service account is "Build"');
});
