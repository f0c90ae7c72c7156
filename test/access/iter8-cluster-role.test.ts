import { App, Chart } from 'cdk8s';
import { ServiceAccount } from 'cdk8s-plus-25';
import {
  type ApiCall,
  DeployTask,
  ExperimentTask,
  HousekeepingTask,
  Iter8ClusterRole,
  LoadTask,
  NotifyTask,
  OverrideTask,
  PreviousTask,
  WaitTask,
} from '../../lib';
import { manifest, manifests, newChart } from '../support/synth';

test('the ClusterRole has the name and the rules that it always had, and what our tasks need besides', () => {
  const chart = new Chart(new App(), 'chart');
  expect(new Iter8ClusterRole(chart, 'role').name).toBe('tekton-iter8-role');
  const [role] = manifests(chart);
  expect(role).toMatchObject({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'tekton-iter8-role' },
  });
  expect(role.metadata).toEqual({ name: 'tekton-iter8-role' });
  const verbs = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'];
  for (const [apiGroups, resources] of [
    [['networking.istio.io'], ['destinationrules', 'gateways', 'virtualservices']],
    [['iter8.tools'], ['experiments']],
    [['extensions', 'apps'], ['deployments']],
  ]) {
    expect(role.rules).toContainEqual({ apiGroups, resources, verbs });
  }
  const missing = [ExperimentTask, DeployTask, LoadTask, OverrideTask, PreviousTask, HousekeepingTask, WaitTask]
    .flatMap(({ API_CALLS }): ApiCall[] => API_CALLS)
    .concat(ExperimentTask.OWN_API_CALLS, HousekeepingTask.OWN_API_CALLS, NotifyTask.OWN_API_CALLS)
    .flatMap(({ group, resources, verbs }) =>
      resources.flatMap((resource) => verbs.map((verb) => ({ group, resource, verb }))),
    )
    .filter(
      ({ group, resource, verb }) =>
        !role.rules.some(
          (rule: any) =>
            rule.apiGroups.includes(group) && rule.resources.includes(resource) && rule.verbs.includes(verb),
        ),
    );
  expect(missing).toEqual([]);
});

test.each([
  ['default', 'tekton-team'],
  ['mine', 'tekton-team-mine'],
])('the service account %s is bound to it by %s', (name, binding) => {
  const chart = newChart();
  const account = ServiceAccount.fromServiceAccountName(chart, 'account', name, { namespaceName: 'team' });
  new Iter8ClusterRole(chart, 'role', { name: 'ours' }).bind(account);
  expect(manifest(chart, 'ClusterRoleBinding')).toEqual({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: binding },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'ours' },
    subjects: [{ kind: 'ServiceAccount', name, namespace: 'team' }],
  });
});

test('a name that is none is refused', () => {
  expect(() => new Iter8ClusterRole(newChart(), 'role', { name: 'A' })).toThrow(
    'chart/role: the name of a ClusterRole is "A"; expected at most 253 lower-case letters',
  );
});
