import type { IServiceAccount } from 'cdk8s-plus-25';
import { Construct } from 'constructs';
import { requireSubdomain } from '../rules/values';
import { clusterObject } from './cluster-object';

/** What the ClusterRole is made with. */
export interface Iter8ClusterRoleProps {
  /**
   * Its name.
   * @default tekton-iter8-role
   */
  readonly name?: string;
}

const GROUP = 'rbac.authorization.k8s.io';
const ALL = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'];

/**
 * One ClusterRole for all tasks in all namespaces, for people who follow the article of October 2019, with its name and
 * its rules, and the rules that our tasks need besides. A TaskServiceAccount for each task allows much less.
 *
 * Hand a service account that is bound to it to `Iter8Pipeline` as `serviceAccount`.
 */
export class Iter8ClusterRole extends Construct {
  /** Its name. */
  public readonly name: string;

  public constructor(scope: Construct, id: string, props: Iter8ClusterRoleProps = {}) {
    super(scope, id);
    this.name = requireSubdomain(this.node.path, 'the name of a ClusterRole', props.name ?? 'tekton-iter8-role');
    const rules: [string[], string[], string[]?][] = [
      [['networking.istio.io'], ['destinationrules', 'gateways', 'virtualservices']],
      [['iter8.tools'], ['experiments']],
      [[''], ['services', 'configmaps', 'pods', 'serviceaccounts']],
      [['extensions', 'apps'], ['deployments']],
      [['coordination.k8s.io'], ['leases']],
      [['tekton.dev'], ['pipelineruns'], ['get', 'list', 'delete']],
      [['tekton.dev'], ['taskruns'], ['get']],
    ];
    clusterObject(this, 'Resource', 'ClusterRole', this.name, {
      rules: rules.map(([apiGroups, resources, verbs = ALL]) => ({ apiGroups, resources, verbs })),
    });
  }

  /** Lets a service account do all of it in all namespaces. */
  public bind(serviceAccount: IServiceAccount): void {
    const { name, namespace } = serviceAccount.toSubjectConfiguration();
    // The article binds the account of this name.
    const suffix = name === 'default' ? '' : `-${name}`;
    clusterObject(this, `${namespace}-${name}`, 'ClusterRoleBinding', `tekton-${namespace}${suffix}`, {
      roleRef: { apiGroup: GROUP, kind: 'ClusterRole', name: this.name },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    });
  }
}
