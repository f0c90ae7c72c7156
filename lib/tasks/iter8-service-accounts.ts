import { Chart } from 'cdk8s';
import type { IServiceAccount } from 'cdk8s-plus-25';
import { Construct } from 'constructs';
import type { ApiCall } from '../access/api-call';
import { SecurityContextConstraintBinding } from '../access/security-context-constraint';
import { TaskServiceAccount } from '../access/task-service-account';
import { refuse } from '../rules/values';
import { DeployTask } from './deploy-task';
import { ExperimentTask } from './experiment-task';
import { HousekeepingTask } from './housekeeping-task';
import { LoadTask } from './load-task';
import { NotifyTask } from './notify-task';
import { OverrideTask } from './override-task';
import type { Platform } from './platform';
import { PreviousTask } from './previous-task';
import { WaitTask } from './wait-task';

/** Service accounts that exist, for single tasks of a canary pipeline. */
export interface ServiceAccountsByTask {
  /**
   * Of the build, with the Secrets for Git and the registry.
   * @default - one is made
   */
  readonly buildTask?: IServiceAccount;
  /**
   * Of the experiment.
   * @default - one is made
   */
  readonly experimentTask?: IServiceAccount;
  /**
   * Of the deployment, with the Secret for Git.
   * @default - one is made
   */
  readonly deployTask?: IServiceAccount;
  /**
   * Of the load.
   * @default - one is made
   */
  readonly loadTask?: IServiceAccount;
  /**
   * Of wait and finish.
   * @default - one is made
   */
  readonly waitTask?: IServiceAccount;
  /**
   * Of the notifications.
   * @default - one is made
   */
  readonly notifyTask?: IServiceAccount;
  /**
   * Of rollback, rollforward, pause and resume.
   * @default - one is made
   */
  readonly overrideTask?: IServiceAccount;
  /**
   * Of the task that finds the previous version.
   * @default - one is made
   */
  readonly previousTask?: IServiceAccount;
  /**
   * Of housekeeping.
   * @default - one is made
   */
  readonly housekeepingTask?: IServiceAccount;
}

/** What the service accounts are made with. */
export interface Iter8ServiceAccountsProps {
  /**
   * What their names begin with: `NAME-build`, `NAME-experiment`, …
   * @default - the construct's id
   */
  readonly name?: string;
  /**
   * Namespace of the service under test.
   * @default - the chart's
   */
  readonly targetNamespace?: string;
  /**
   * Name of the Secret for fetching, which build and deploy get.
   * @default - the repository is public
   */
  readonly gitSecretName?: string;
  /**
   * Whether the experiment is described in the repository, so that its task needs the Secret for fetching as well.
   * @default false
   */
  readonly experimentTemplate?: boolean;
  /**
   * Name of the Secret for pushing the image, which build gets.
   * @default - the registry asks for none
   */
  readonly registrySecretName?: string;
  /**
   * Whether there is a task for load.
   * @default true
   */
  readonly load?: boolean;
  /**
   * What the tasks run on. On OpenShift the account for the build may use the constraint `anyuid`.
   * @default Platform.KUBERNETES
   */
  readonly platform?: Platform;
  /**
   * Whether there are tasks for notifications.
   * @default false
   */
  readonly notify?: boolean;
  /**
   * Accounts that exist, in the namespace of the pipeline, for single tasks.
   * @default - none
   */
  readonly serviceAccounts?: ServiceAccountsByTask;
  /**
   * One that exists, for all tasks that `serviceAccounts` has none for.
   * @default - none
   */
  readonly serviceAccount?: IServiceAccount;
}

/** The service accounts of a canary pipeline: for each task one with just the rights and Secrets that it needs. */
export class Iter8ServiceAccounts extends Construct {
  /** Of the build, unless one was given. */
  public readonly buildTask?: TaskServiceAccount;
  /** Of the experiment, unless one was given. */
  public readonly experimentTask?: TaskServiceAccount;
  /** Of the deployment, unless one was given. For manifests of other kinds it has to be allowed more. */
  public readonly deployTask?: TaskServiceAccount;
  /** Of wait and finish, unless one was given. */
  public readonly waitTask?: TaskServiceAccount;
  /** Of the load, unless one was given or there is none. */
  public readonly loadTask?: TaskServiceAccount;
  /** Of the notifications, unless one was given or there are none. */
  public readonly notifyTask?: TaskServiceAccount;
  private readonly props: Iter8ServiceAccountsProps;
  private readonly names = new Map<string, string | undefined>();
  private readonly later = new Map<string, TaskServiceAccount | undefined>();

  public constructor(scope: Construct, id: string, props: Iter8ServiceAccountsProps = {}) {
    super(scope, id);
    this.props = props;
    const { gitSecretName, registrySecretName, load = true } = props;
    const git = this.secret('gitSecretName', gitSecretName, this.given('buildTask') && this.given('deployTask'));
    const registry = this.secret('registrySecretName', registrySecretName, this.given('buildTask'));
    this.buildTask = this.account('buildTask', [], [...git, ...registry]);
    const constraint = props.platform?._buildConstraint;
    if (this.buildTask && constraint) {
      new SecurityContextConstraintBinding(this, constraint, this.buildTask, constraint);
    }
    this.experimentTask = this.account(
      'experimentTask',
      ExperimentTask.API_CALLS,
      props.experimentTemplate ? git : [],
      ExperimentTask.OWN_API_CALLS,
    );
    this.deployTask = this.account('deployTask', DeployTask.API_CALLS, git);
    this.waitTask = this.account('waitTask', WaitTask.API_CALLS, []);
    this.loadTask = load ? this.account('loadTask', LoadTask.API_CALLS, [], LoadTask.OWN_API_CALLS) : undefined;
    this.notifyTask = props.notify ? this.account('notifyTask', [], [], NotifyTask.OWN_API_CALLS) : undefined;
  }

  /** Of rollback, rollforward, pause and resume, unless one was given. It is made when it is first asked for. */
  public get overrideTask(): TaskServiceAccount | undefined {
    return this.once('overrideTask', OverrideTask.API_CALLS, OverrideTask.OWN_API_CALLS);
  }

  /** Of the task that finds the previous version, unless one was given. It is made when it is first asked for. */
  public get previousTask(): TaskServiceAccount | undefined {
    return this.once('previousTask', PreviousTask.API_CALLS, []);
  }

  /** Of housekeeping, unless one was given. It is made when it is first asked for. */
  public get housekeepingTask(): TaskServiceAccount | undefined {
    return this.once('housekeepingTask', HousekeepingTask.API_CALLS, HousekeepingTask.OWN_API_CALLS);
  }

  /** The name of a task's account, for `serviceAccountName`. @internal */
  public _nameOf(task: keyof ServiceAccountsByTask): string | undefined {
    return this[task]?.name ?? this.names.get(task);
  }

  private once(
    task: keyof ServiceAccountsByTask,
    apiCalls: ApiCall[],
    ownApiCalls: ApiCall[],
  ): TaskServiceAccount | undefined {
    if (!this.later.has(task)) {
      this.later.set(task, this.account(task, apiCalls, [], ownApiCalls));
    }
    return this.later.get(task);
  }

  private given(task: keyof ServiceAccountsByTask): IServiceAccount | undefined {
    return this.props.serviceAccounts?.[task] ?? this.props.serviceAccount;
  }

  /** Makes the account of a task, unless one was given. */
  private account(
    task: keyof ServiceAccountsByTask,
    apiCalls: ApiCall[],
    secretNames: string[],
    ownApiCalls: ApiCall[] = [],
  ): TaskServiceAccount | undefined {
    const { name = this.node.id, targetNamespace } = this.props;
    const own = this.given(task);
    const short = task.replace('Task', '');
    this.requireNamespace(task, own);
    const made = own
      ? undefined
      : new TaskServiceAccount(this, short, {
          name: `${name}-${short}`,
          apiCalls,
          targetNamespace,
          ownApiCalls,
          secretNames,
        });
    this.names.set(task, (own ?? made)?.name);
    return made;
  }

  /** A list of the Secret, which has to get to an account that is made here. */
  private secret(what: string, name: string | undefined, given: IServiceAccount | undefined): string[] {
    if (name !== undefined && given) {
      const expected = 'none with a service account of your own, which has to have it';
      refuse(
        this.node.path,
        what,
        name,
        expected,
        `add the Secret to the service account ${given.name}, and remove it here`,
      );
    }
    return name === undefined ? [] : [name];
  }

  private requireNamespace(task: string, account: IServiceAccount | undefined): void {
    const { namespace } = Chart.of(this);
    const { namespace: found } = account?.toSubjectConfiguration() ?? { namespace };
    if (found !== namespace) {
      const what = `the namespace of the service account for ${task}`;
      const fix = 'take one of that namespace; fromServiceAccountName has namespaceName for it';
      refuse(this.node.path, what, found, `that of the pipeline, ${namespace}`, fix);
    }
  }
}
