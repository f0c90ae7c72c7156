import { ApiObject, Chart, Lazy } from 'cdk8s';
import { Construct } from 'constructs';
import type {
  EventListenerSpec,
  EventListenerSpecTriggersInterceptors,
  TriggerBindingSpec,
  TriggerTemplateSpec,
} from '../../imports/triggers.tekton.dev';
import type { ApiCall } from '../access/api-call';
import { clusterObject } from '../access/cluster-object';
import { TaskServiceAccount } from '../access/task-service-account';
import { refuseChartLabels } from '../rules/chart-labels';
import { duplicateObject } from '../rules/duplicate-object';
import { validate } from '../rules/validation';
import { LABEL_EXPECTED, refuse, requireName, requireSubdomain } from '../rules/values';
import { Pipeline } from '../tekton/pipeline';
import type { PipelineRunProps } from '../tekton/pipeline-run';
import { RunTemplate } from '../tekton/run-template';
import { checkName } from '../tekton/tekton-object';
import { isRepository, isSecret, type SecretRef } from './cel';
import type { Exposure } from './exposure';

/** What all webhooks are made with. */
export interface WebhookProps {
  /**
   * The run that an event starts: `{ pipeline: canary.pipeline }`. Its Pipeline is in the namespace of the webhook, and has
   * params `repository` and `revision`, whose values come from the event. A `repository` that is given here stays: what
   * is built is then fetched from there, whatever URL the event has.
   */
  readonly run: PipelineRunProps;
  /** Name of the Secret, which exists in the namespace of the webhook, with the secret that the sender shares. */
  readonly secretName: string;
  /**
   * The key of the Secret.
   * @default token
   */
  readonly secretKey?: string;
  /**
   * URLs of the repositories whose events count, as the sender writes them but for `.git` at the end. Events of others start
   * nothing.
   * @default - the run's repository: the one that is given for it, or the default of the Pipeline's param
   */
  readonly repositories?: string[];
  /**
   * How events from outside of the cluster get to the listener.
   * @default - not at all: it is reached inside of the cluster, as `http://el-NAME.NAMESPACE:8080`
   */
  readonly exposure?: Exposure;
  /**
   * Name of the EventListener and of all that goes with it. At most 60 characters.
   * @default - the construct's id
   */
  readonly name?: string;
}

/** How a kind of webhook finds in an event what it needs, and how it knows the sender. @internal */
export interface EventRules {
  /** Interceptors before the conditions. */
  readonly interceptors: EventListenerSpecTriggersInterceptors[];
  /** What has to be true, as expressions of CEL. */
  readonly conditions: string[];
  /** Where the URL of the repository is, as an expression of CEL. */
  readonly repository: string;
  /** Where the revision is. */
  readonly revision: string;
}

const GROUP = 'triggers.tekton.dev';

/**
 * What the listener's pod calls. Triggers' own roles allow it all Secrets of the cluster, and to act as any service account;
 * it needs neither, because the interceptors read the Secrets, and they run elsewhere.
 */
const API_CALLS: ApiCall[] = [
  {
    group: GROUP,
    resources: ['eventlisteners', 'interceptors', 'triggerbindings', 'triggers', 'triggertemplates'],
    verbs: ['list', 'watch'],
  },
  { group: 'tekton.dev', resources: ['pipelineruns'], verbs: ['create'] },
];
const CLUSTER_RESOURCES = ['clusterinterceptors', 'clustertriggerbindings'];

/**
 * Starts a run for each event that a sender proves to have sent: an EventListener of Tekton Triggers, with a TriggerBinding,
 * a TriggerTemplate, and a service account that can create PipelineRuns in its namespace and read nothing but objects of
 * Triggers.
 *
 * What of an event gets into the run has been compared with a list or a pattern before: Triggers puts it into the run's
 * manifest as it is.
 */
export abstract class Webhook extends Construct {
  /** Name of the EventListener. */
  public readonly name: string;
  /** Name of the Service that Triggers makes for it, with port 8080. */
  public readonly serviceName: string;
  /** The EventListener as cdk8s writes it, for patches and dependencies. */
  public readonly eventListener: ApiObject;
  /** The TriggerBinding. */
  public readonly triggerBinding: ApiObject;
  /** The TriggerTemplate. */
  public readonly triggerTemplate: ApiObject;

  /** @internal */
  protected constructor(scope: Construct, id: string, props: WebhookProps) {
    refuseChartLabels(scope, id, 'the pods of the listener');
    super(scope, id);
    const path = this.node.path;
    const { name = id, run, secretName, secretKey = 'token', exposure } = props;
    this.name = requireName(path, 'name', name, /^[a-z0-9]([-a-z0-9]{0,58}[a-z0-9])?$/, EXPECTED);
    this.serviceName = `el-${name}`;
    requireSubdomain(path, 'secretName', secretName);
    requireName(path, 'secretKey', secretKey, /^[-._a-zA-Z0-9]{1,253}$/, 'letters, digits, ".", "_" and "-"');
    const { namespace } = Chart.of(this);
    const secret = { secretName, secretKey };
    const runNamespace = run.metadata?.namespace ?? namespace;
    const rules = this._rules(path, props, secret);
    const repositories = repositoriesOf(path, props);
    const filter = [isSecret(secret), ...rules.conditions, isRepository(path, rules.repository, repositories)];
    const values = valuesOf(path, run, rules);
    const template = new RunTemplate(path, {
      ...run,
      params: { ...run.params, ...mapValues(values, (param) => `$(tt.params.${param})`) },
    });
    checkName(path, 'PipelineRun', '', { ...run.metadata }, template.generateName);
    const account = new TaskServiceAccount(this, 'service-account', { name, apiCalls: API_CALLS });
    this.allowInCluster(account.name, namespace);

    const interceptors = [
      ...rules.interceptors,
      interceptor('cel', {
        filter: filter.join(' && '),
        overlays: Object.entries(values).map(([key, expression]) => ({ key, expression })),
      }),
    ];
    const listener: EventListenerSpec = {
      serviceAccountName: account.name,
      triggers: [{ name, interceptors, bindings: [{ ref: name }], template: { ref: name } }],
    };
    const binding: TriggerBindingSpec = {
      params: Object.keys(values).map((param) => ({ name: param, value: `$(extensions.${param})` })),
    };
    const spec = (): TriggerTemplateSpec => ({
      params: Object.keys(values).map((param) => ({ name: param })),
      resourcetemplates: [
        {
          apiVersion: 'tekton.dev/v1',
          kind: 'PipelineRun',
          metadata: { ...run.metadata, namespace: runNamespace, generateName: template.generateName },
          spec: template.render(),
        },
      ],
    });
    this.triggerTemplate = this.write('TriggerTemplate', Lazy.any({ produce: spec }));
    this.triggerBinding = this.write('TriggerBinding', binding);
    this.eventListener = this.write('EventListener', listener);
    exposure?._write(this, name, this.serviceName);
    const duplicates = ['EventListener', 'TriggerBinding', 'TriggerTemplate'].flatMap((kind) => {
      return duplicateObject(this, kind, namespace, name);
    });
    validate(
      this,
      () => template.revision,
      () => [...duplicates, ...template.problems(path, runNamespace)],
    );
  }

  /** What the kind of webhook knows of its events. It is asked while the construct is made. @internal */
  protected abstract _rules(path: string, props: WebhookProps, secret: SecretRef): EventRules;

  private write(kind: string, spec: any): ApiObject {
    return new ApiObject(this, kind, { apiVersion: `${GROUP}/v1beta1`, kind, metadata: { name: this.name }, spec });
  }

  /** Interceptors are the cluster's, and the listener looks at these lists before it takes events. */
  private allowInCluster(serviceAccount: string, namespace: string | undefined): void {
    const name = `${namespace}.${this.name}`;
    clusterObject(this, 'ClusterRole', 'ClusterRole', name, {
      rules: [{ apiGroups: [GROUP], resources: CLUSTER_RESOURCES, verbs: ['list', 'watch'] }],
    });
    clusterObject(this, 'ClusterRoleBinding', 'ClusterRoleBinding', name, {
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', name: serviceAccount, namespace }],
    });
  }
}

const EXPECTED = LABEL_EXPECTED.replace('63', '60');

/** An interceptor that comes with Triggers. @internal */
export function interceptor(
  name: string,
  params: { readonly [name: string]: any },
): EventListenerSpecTriggersInterceptors {
  return {
    ref: { kind: 'ClusterInterceptor', name },
    params: Object.entries(params).map(([param, value]) => ({ name: param, value })),
  };
}

function repositoriesOf(path: string, { run, repositories }: WebhookProps): readonly string[] {
  const { pipeline, params } = run;
  const own = params?.repository ?? (pipeline instanceof Pipeline ? pipeline._defaultOf('repository') : undefined);
  const expected = repositories ?? (own ? [own] : []);
  if (!Array.isArray(expected) || expected.length === 0) {
    const fix = 'name them, or give param repository of the Pipeline a default';
    refuse(
      path,
      'repositories',
      repositories,
      'the URL of a repository at least, because events of any would count',
      fix,
    );
  }
  return expected;
}

/** The run's params that have their values from the event, with the expressions for them. */
function valuesOf(path: string, { params = {} }: PipelineRunProps, rules: EventRules): { [param: string]: string } {
  if (params.revision !== undefined) {
    refuse(path, 'param revision', params.revision, 'none, because the event has it', 'remove it from params of run');
  }
  const { repository, revision } = rules;
  return params.repository === undefined ? { repository, revision } : { revision };
}

function mapValues(values: { [key: string]: string }, change: (key: string) => string): { [key: string]: string } {
  return Object.fromEntries(Object.keys(values).map((key) => [key, change(key)]));
}
