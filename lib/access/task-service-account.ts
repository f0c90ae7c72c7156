import { ApiObject, Chart, Lazy } from 'cdk8s';
import { Construct } from 'constructs';
import { duplicateObject } from '../rules/duplicate-object';
import type { Problem } from '../rules/problem';
import { validate } from '../rules/validation';
import { requireName, requireSubdomain } from '../rules/values';
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
   * The calls that the task makes in its own namespace, that of the runs.
   * @default - none
   */
  readonly ownApiCalls?: ApiCall[];
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
  private readonly namespace: string;
  private readonly targetNamespace: string;
  private readonly calls = new Map<string, ApiCall[]>();
  private readonly duplicates: Problem[] = [];

  public constructor(scope: Construct, id: string, props: TaskServiceAccountProps = {}) {
    super(scope, id);
    const path = this.node.path;
    const { name = id, apiCalls = [], secretNames = [] } = props;
    const { namespace } = Chart.of(this);
    if (!namespace) {
      throw new Error(
        `${path}: the chart has no namespace; expected one, because a RoleBinding has to name that of its service account; ` +
          "fix: new Chart(app, 'name', { namespace: 'namespace' })",
      );
    }
    this.name = requireSubdomain(path, 'the name of a service account', name);
    this.namespace = requireName(path, 'the namespace', namespace);
    this.targetNamespace = requireName(path, 'targetNamespace', props.targetNamespace ?? namespace);
    for (const secret of secretNames) {
      requireSubdomain(path, 'the name of a Secret', secret);
    }
    this.write('Resource', 'v1', 'ServiceAccount', name, namespace, {
      automountServiceAccountToken: Lazy.any({ produce: () => this.calls.size > 0 }),
      secrets: secretNames.length > 0 ? secretNames.map((secret) => ({ name: secret })) : undefined,
    });
    this.allow(...apiCalls);
    this.allowIn(namespace, props.ownApiCalls ?? []);
    validate(
      this,
      () => this.calls.size,
      () => this.duplicates,
    );
  }

  /** Lets the task make more calls: what DeployTask needs for manifests of other kinds, for instance. */
  public allow(...apiCalls: ApiCall[]): void {
    this.allowIn(this.targetNamespace, apiCalls);
  }

  private allowIn(namespace: string, apiCalls: readonly ApiCall[]): void {
    if (apiCalls.length === 0) {
      return;
    }
    const calls = this.calls.get(namespace) ?? [];
    if (!this.calls.has(namespace)) {
      this.calls.set(namespace, calls);
      this.writeRole(namespace, calls);
    }
    for (const { group, resources, verbs } of apiCalls) {
      calls.push({ group, resources: [...resources], verbs: [...verbs] });
    }
  }

  private writeRole(where: string, calls: readonly ApiCall[]): void {
    const { name, namespace } = this;
    const group = 'rbac.authorization.k8s.io';
    const own = where === namespace;
    // In another namespace the pipelines of several namespaces may meet.
    const role = own ? name : `${namespace}.${name}`;
    const id = where === this.targetNamespace ? '' : 'Own';
    this.write(`${id}Role`, `${group}/v1`, 'Role', role, where, {
      rules: Lazy.any({
        produce: () =>
          calls.map(({ group: apiGroup, resources, verbs }) => ({ apiGroups: [apiGroup], resources, verbs })),
      }),
    });
    this.write(`${id}RoleBinding`, `${group}/v1`, 'RoleBinding', role, where, {
      roleRef: { apiGroup: group, kind: 'Role', name: role },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    });
  }

  private write(
    id: string,
    apiVersion: string,
    kind: string,
    name: string,
    namespace: string,
    fields: { readonly [field: string]: any },
  ): void {
    new ApiObject(this, id, { apiVersion, kind, metadata: { name, namespace }, ...fields });
    this.duplicates.push(...duplicateObject(this, kind, namespace, name));
  }
}
