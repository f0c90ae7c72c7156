import { App, Chart } from 'cdk8s';
import { TaskServiceAccount } from '../../lib';
import { manifest, manifests, newChart, problems } from '../support/synth';

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

test('more calls can be allowed later, and what the caller does to a call afterwards changes nothing', () => {
  const chart = newChart();
  const verbs = ['create', 'patch'];
  const account = new TaskServiceAccount(chart, 'deploy');
  account.allow({ group: '', resources: ['secrets'], verbs });
  account.allow(...apiCalls);
  verbs.push('delete');
  expect(manifest(chart, 'ServiceAccount').automountServiceAccountToken).toBe(true);
  expect(manifest(chart, 'Role').rules).toEqual([
    { apiGroups: [''], resources: ['secrets'], verbs: ['create', 'patch'] },
    { apiGroups: ['apps'], resources: ['deployments'], verbs: ['get'] },
  ]);
  expect(manifest(chart, 'RoleBinding').roleRef.name).toBe('deploy');
});

test('two accounts whose Roles are one in the cluster are a problem', () => {
  const chart = newChart('prod');
  const other = new Chart(chart.node.root, 'other', { namespace: 'a' });
  new TaskServiceAccount(chart, 'a.b.c', { apiCalls });
  new TaskServiceAccount(other, 'b.c', { apiCalls, targetNamespace: 'prod' });
  expect(problems(chart)).toEqual(
    ['Role', 'RoleBinding'].map(
      (kind) =>
        `other/b.c: the ${kind} "a.b.c", which chart/a.b.c defines as well; expected one definition of each object in a namespace; fix: give one of them another name or id, or use the one construct in both places (duplicate-object)`,
    ),
  );
});

test('a chart without a namespace is refused', () => {
  expect(() => new TaskServiceAccount(new Chart(new App(), 'chart'), 'build')).toThrow(
    "chart/build: the chart has no namespace; expected one, because a RoleBinding has to name that of its service account; fix: new Chart(app, 'name', { namespace: 'namespace' })",
  );
});

test.each<[object, string]>([
  [{ name: 'Build' }, 'the name of a service account is "Build"; expected at most 253 lower-case letters'],
  [{ name: '$(params.x)' }, 'the name of a service account is "$(params.x)"'],
  [{ targetNamespace: 'a.b' }, 'targetNamespace is "a.b"; expected at most 63 lower-case letters'],
  [{ targetNamespace: '$(params.x)' }, 'targetNamespace is "$(params.x)"'],
  [{ secretNames: ['a', 'B'] }, 'the name of a Secret is "B"; expected at most 253 lower-case letters'],
  [{ secretNames: ['$(params.x)'] }, 'the name of a Secret is "$(params.x)"'],
])('%j is refused', (props, message) => {
  expect(() => new TaskServiceAccount(newChart(), 'account', props)).toThrow(`chart/account: ${message}`);
});
