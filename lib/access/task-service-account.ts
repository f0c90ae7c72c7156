import { ApiObject, Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { duplicateObject } from '../rules/duplicate-object';
import { validate } from '../rules/validation';
import { requireObjectName } from '../rules/values';
import type { ApiCall } from './api-call';

/** What a task's service account is made with. */
export interface TaskServiceAccountProps {
  /**
   * Name of the service account, its Role and its RoleBinding.
   * @default - the construct's id
   */
  readonly name?: string;
  /**
   * The calls that the task makes. Without any, its pods get no token for the API at all.
   * @default - none
   */
  readonly apiCalls?: ApiCall[];
  /**
   * Namespace in which the task makes them.
   * @default - the chart's
   */
  readonly targetNamespace?: string;
  /**
   * Secrets for Git and the registry that Tekton hands to the task's steps. They exist already, and those for Git have
   * an annotation such as `tekton.dev/git-0: https://git.example.com`.
   * @default - none
   */
  readonly secretNames?: string[];
}

/**
 * A service account with a Role for just the API calls of one task.
 *
 * Tekton gives the secrets of a service account to every step that runs as it, and the token to every pod: with one
 * account for each task no task gets what another one needs. (`docs/auth.md` of tektoncd/pipeline v1.15.)
 */
export class TaskServiceAccount extends Construct {
  /** Its name, for `serviceAccountName`. */
  public readonly name: string;

  public constructor(scope: Construct, id: string, props: TaskServiceAccountProps = {}) {
    super(scope, id);
    const path = this.node.path;
    const { name = id, apiCalls = [], secretNames = [] } = props;
    const { namespace } = Chart.of(this);
    this.name = requireObjectName(path, 'the name of a service account', name);
    if (!namespace) {
      throw new Error(
        `${path}: the chart has no namespace; expected one, because a RoleBinding has to name that of its service account; ` +
          "fix: new Chart(app, 'name', { namespace: 'namespace' })",
      );
    }
    new ApiObject(this, 'Resource', {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name, namespace },
      automountServiceAccountToken: apiCalls.length > 0,
      secrets: secretNames.length > 0 ? secretNames.map((secret) => ({ name: secret })) : undefined,
    });
    if (apiCalls.length > 0) {
      this.allow(name, namespace, props.targetNamespace ?? namespace, apiCalls);
    }
    const duplicates = duplicateObject(this, 'ServiceAccount', namespace, name);
    validate(
      this,
      () => 0,
      () => duplicates,
    );
  }

  private allow(name: string, namespace: string, targetNamespace: string, calls: readonly ApiCall[]): void {
    const group = 'rbac.authorization.k8s.io';
    // In another namespace the pipelines of several namespaces may meet.
    const metadata = {
      name: targetNamespace === namespace ? name : `${namespace}.${name}`,
      namespace: targetNamespace,
    };
    new ApiObject(this, 'Role', {
      apiVersion: `${group}/v1`,
      kind: 'Role',
      metadata,
      rules: calls.map((call) => ({ apiGroups: [call.group], resources: [...call.resources], verbs: [...call.verbs] })),
    });
    new ApiObject(this, 'RoleBinding', {
      apiVersion: `${group}/v1`,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: group, kind: 'Role', name: metadata.name },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    });
  }
}
