import { ApiObject, Chart } from 'cdk8s';
import { Construct } from 'constructs';
import type { TaskServiceAccount } from './task-service-account';

/**
 * Lets the pods of a service account run under a security context constraint of OpenShift. The account itself can call
 * nothing with it.
 * @internal
 */
export class SecurityContextConstraintBinding extends Construct {
  public constructor(scope: Construct, id: string, serviceAccount: TaskServiceAccount, constraint: string) {
    super(scope, id);
    const group = 'rbac.authorization.k8s.io';
    const name = `${serviceAccount.name}.${constraint}`;
    new ApiObject(this, 'Role', {
      apiVersion: `${group}/v1`,
      kind: 'Role',
      metadata: { name },
      rules: [
        {
          apiGroups: ['security.openshift.io'],
          resources: ['securitycontextconstraints'],
          resourceNames: [constraint],
          verbs: ['use'],
        },
      ],
    });
    new ApiObject(this, 'RoleBinding', {
      apiVersion: `${group}/v1`,
      kind: 'RoleBinding',
      metadata: { name },
      roleRef: { apiGroup: group, kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', name: serviceAccount.name, namespace: Chart.of(this).namespace }],
    });
  }
}
