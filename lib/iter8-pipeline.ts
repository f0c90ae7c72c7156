import { type ApiObjectMetadata, Chart, Duration } from 'cdk8s';
import type { IServiceAccount } from 'cdk8s-plus-25';
import { Construct } from 'constructs';
import type { ApiCall } from './access/api-call';
import { TaskServiceAccount } from './access/task-service-account';
import type { ExperimentOptions } from './iter8/experiment-options';
import { requireInteger, requireLabel, requirePattern } from './rules/values';
import { BuildPipelineTask } from './tasks/build-task';
import type { Builder } from './tasks/builder';
import type { Concurrency } from './tasks/concurrency';
import { DeployPipelineTask, DeployTask } from './tasks/deploy-task';
import { ExperimentPipelineTask, ExperimentTask } from './tasks/experiment-task';
import { experimentSeconds } from './tasks/experiment-template';
import type { GitSource } from './tasks/git-source';
import type { Images } from './tasks/images';
import { Iter8Tasks } from './tasks/iter8-tasks';
import type { LoadProfile } from './tasks/load-profile';
import { LoadPipelineTask, LoadTask } from './tasks/load-task';
import type { Verdict } from './tasks/verdict';
import { WaitPipelineTask, WaitTask } from './tasks/wait-task';
import { Pipeline } from './tekton/pipeline';
import { PipelineRun } from './tekton/pipeline-run';
import type { WorkspaceBinding } from './tekton/workspace-binding';

/** A canary delivery. */
export interface Iter8PipelineProps extends ExperimentOptions {
  /** Where the application and its manifests come from. */
  readonly source: GitSource;
  /** Name of the image, without tag and digest: `registry.example.com/team/service`. */
  readonly image: string;
  /** Name of the Service under test. */
  readonly service: string;
  /**
   * Namespace of the Service and its Deployments.
   * @default - the chart's, in which the pipeline runs
   */
  readonly serviceNamespace?: string;
  /**
   * Requests to send while an experiment runs.
   * @default - none: there is enough traffic of users
   */
  readonly load?: LoadProfile;
  /**
   * Name of the Deployment in the repository's manifests. Versions are named after it, with the commit.
   * @default - the Service's name
   */
  readonly deployment?: string;
  /**
   * Folder of the repository with a kustomization, which has exactly one Deployment.
   * @default kustomize
   */
  readonly manifests?: string;
  /**
   * Container of the Deployment that runs the image.
   * @default - the only one
   */
  readonly container?: string;
  /**
   * Folder of the repository that is the context of the build.
   * @default .
   */
  readonly context?: string;
  /**
   * The Dockerfile, in the context.
   * @default Dockerfile
   */
  readonly dockerfile?: string;
  /**
   * Build args. They are no place for secrets.
   * @default - none
   */
  readonly buildArgs?: { readonly [name: string]: string };
  /**
   * Name of the Secret for pushing the image, which exists: of type `kubernetes.io/dockerconfigjson`.
   * @default - the registry asks for none
   */
  readonly registrySecretName?: string;
  /**
   * Name of the Deployment that is live.
   * @default - the one that the routing, or without any the Service's selector, leads to
   */
  readonly baseline?: string;
  /**
   * Verdicts that fail the run.
   * @default - all but Verdict.WINNER
   */
  readonly failOn?: Verdict[];
  /**
   * What happens to a run while another run has the service.
   * @default Concurrency.QUEUE
   */
  readonly concurrency?: Concurrency;
  /**
   * How long a run waits for others of the same service.
   * @default Duration.hours(1)
   */
  readonly queueDeadline?: Duration;
  /**
   * How long the candidate may take to become ready.
   * @default Duration.minutes(5)
   */
  readonly readyDeadline?: Duration;
  /**
   * How long the experiment may take.
   * @default - interval times maxIterations, and 5 minutes
   */
  readonly experimentDeadline?: Duration;
  /**
   * How long the build may take.
   * @default Duration.minutes(30)
   */
  readonly buildTimeout?: Duration;
  /**
   * Which share of the load's requests may fail, from 0 to 1, before the run fails.
   * @default - the run does not fail because of them; the criteria decide
   */
  readonly maxErrorRate?: number;
  /**
   * Tasks that the pipelines of a fleet share. They know the images, the builder and the version of iter8's API.
   * @default - Tasks of its own
   */
  readonly tasks?: Iter8Tasks;
  /**
   * The images that the steps run. Not together with `tasks`.
   * @default Images.of()
   */
  readonly images?: Images;
  /**
   * What builds the image. Not together with `tasks`.
   * @default new Kaniko()
   */
  readonly builder?: Builder;
  /**
   * Service account for all tasks.
   * @default - one for each task, with just the rights and Secrets that it needs
   */
  readonly serviceAccount?: IServiceAccount;
  /**
   * Name of the Pipeline, which those of its service accounts begin with.
   * @default - the construct's id
   */
  readonly name?: string;
}

/** What a run is made with. */
export interface NewRunProps {
  /**
   * Branch, tag or commit.
   * @default - the source's
   */
  readonly revision?: string;
  /**
   * Values for params of the Pipeline: `repository`, `image`, and those that were added.
   * @default - the Pipeline's
   */
  readonly params?: { readonly [name: string]: any };
  /**
   * Volumes for the Pipeline's workspaces.
   * @default - none
   */
  readonly workspaces?: { readonly [name: string]: WorkspaceBinding };
  /**
   * Namespace, labels and annotations.
   * @default - in the Pipeline's namespace
   */
  readonly metadata?: ApiObjectMetadata;
}

/**
 * Canary delivery of one service: build → experiment → deploy → load and wait, and finish under `finally`.
 *
 * Everything in it can be reached, and more added to `pipeline`. The Pipeline's params are `repository`, `revision` and
 * `image`, its results `verdict`, `winner`, `reason`, `image` and `report`.
 */
export class Iter8Pipeline extends Construct {
  /** The Pipeline. */
  public readonly pipeline: Pipeline;
  /** The Tasks that it uses. */
  public readonly tasks: Iter8Tasks;
  /** Builds the image. */
  public readonly buildTask: BuildPipelineTask;
  /** Creates the experiment. */
  public readonly experimentTask: ExperimentPipelineTask;
  /** Deploys the candidate. */
  public readonly deployTask: DeployPipelineTask;
  /** Sends requests, if any are to be sent. */
  public readonly loadTask?: LoadPipelineTask;
  /** Waits for the verdict and removes the loser. */
  public readonly waitTask: WaitPipelineTask;
  /** Leaves everything in order, whatever happened, and reports. */
  public readonly finishTask: WaitPipelineTask;

  public constructor(scope: Construct, id: string, props: Iter8PipelineProps) {
    super(scope, id);
    const path = this.node.path;
    const name = props.name ?? id;
    this.tasks = sharedOrOwn(this, name, props);
    this.pipeline = new Pipeline(this, 'pipeline', {
      metadata: { name },
      description: `Canary delivery of service ${props.service}.`,
    });
    const namespace = serviceNamespace(this, props);
    checkNames(path, props);
    const service = { service: props.service, namespace };
    const account = serviceAccounts(this, name, props, namespace);
    const repository = this.pipeline.addParam('repository', {
      description: 'URL of the Git repository',
      defaultValue: props.source.url,
    });
    const revision = this.pipeline.addParam('revision', {
      description: 'Branch, tag or commit; the head of the default branch where empty',
      defaultValue: props.source.revision ?? '',
    });
    const image = this.pipeline.addParam('image', {
      description: 'Name of the image, without tag and digest',
      defaultValue: props.image,
    });
    const duration = experimentSeconds(path, props);
    const deadline = props.experimentDeadline ?? Duration.seconds(duration + 300);

    this.buildTask = new BuildPipelineTask(this.pipeline, this.tasks.buildTask, {
      repository: repository.ref,
      revision: revision.ref,
      image: image.ref,
      context: props.context,
      dockerfile: props.dockerfile,
      buildArgs: props.buildArgs,
      timeout: props.buildTimeout,
      serviceAccountName: account('build'),
    });
    this.experimentTask = new ExperimentPipelineTask(this.pipeline, this.tasks.experimentTask, {
      ...service,
      commit: this.buildTask.commit,
      options: props,
      api: this.tasks.api,
      deployment: props.deployment,
      baseline: props.baseline,
      concurrency: props.concurrency,
      queueDeadline: props.queueDeadline,
      serviceAccountName: account('experiment'),
    });
    this.deployTask = new DeployPipelineTask(this.pipeline, this.tasks.deployTask, {
      ...service,
      repository: repository.ref,
      commit: this.buildTask.commit,
      image: this.buildTask.image,
      candidate: this.experimentTask.candidate,
      baseline: this.experimentTask.baseline,
      deployment: props.deployment,
      manifests: props.manifests,
      container: props.container,
      readyDeadline: props.readyDeadline,
      serviceAccountName: account('deploy'),
    });
    const stop = this.pipeline.addWorkspace('stop', {
      description:
        'Where the end of the experiment ends the load at once; without it, the load looks at the experiment',
      optional: true,
    });
    if (props.load) {
      this.loadTask = new LoadPipelineTask(
        this.pipeline,
        props.load._mesh ? this.tasks.meshLoadTask : this.tasks.loadTask,
        {
          ...service,
          stop,
          load: props.load,
          experiment: this.experimentTask.experiment,
          experimentUid: this.experimentTask.experimentUid,
          deadline,
          maxErrorRate: props.maxErrorRate,
          runAfter: [this.deployTask],
          serviceAccountName: account('load'),
        },
      );
    }
    this.waitTask = new WaitPipelineTask(this.pipeline, this.tasks.waitTask, {
      ...service,
      stop,
      deadline,
      interval: props.interval,
      failOn: props.failOn,
      runAfter: [this.deployTask],
      serviceAccountName: account('wait'),
    });
    this.finishTask = new WaitPipelineTask(
      this.pipeline,
      this.tasks.waitTask,
      { ...service, stop, serviceAccountName: account('wait') },
      true,
    );
    for (const [result, description, value] of [
      ['verdict', 'How the run ended: winner, baseline, inconclusive, aborted or timeout', this.finishTask.verdict],
      ['winner', 'Name of the Deployment that has the traffic', this.finishTask.winner],
      ['reason', 'Why', this.finishTask.reason],
      ['image', "The candidate's image", this.finishTask.image],
      ['report', 'All of it as a short text', this.finishTask.report],
    ] as const) {
      this.pipeline.addResult(result, { description, value });
    }
  }

  /** Makes a run, for `kubectl create`. Put runs in a chart of their own: `kubectl apply` refuses them. */
  public newRun(scope: Construct, id: string, props: NewRunProps = {}): PipelineRun {
    const { revision, params, workspaces, metadata } = props;
    return new PipelineRun(scope, id, {
      pipeline: this.pipeline,
      params: { ...params, ...(revision !== undefined && { revision }) },
      workspaces,
      metadata: { namespace: this.pipeline.apiObject.metadata.namespace, ...metadata },
    });
  }
}

function sharedOrOwn(pipeline: Iter8Pipeline, name: string, props: Iter8PipelineProps): Iter8Tasks {
  const { tasks, images, builder, api } = props;
  if (tasks && (images || builder)) {
    const both = images ? 'images' : 'builder';
    throw new Error(
      `${pipeline.node.path}: ${both} and tasks are both given; expected one; fix: give ${both} to the Iter8Tasks ${tasks.node.path}`,
    );
  }
  return tasks ?? new Iter8Tasks(pipeline, 'tasks', { images, builder, api, name });
}

function serviceNamespace(pipeline: Iter8Pipeline, props: Iter8PipelineProps): string {
  const namespace = props.serviceNamespace ?? Chart.of(pipeline).namespace;
  if (!namespace) {
    throw new Error(
      `${pipeline.node.path}: neither the chart nor serviceNamespace names a namespace; expected the service's; ` +
        "fix: new Chart(app, 'name', { namespace: 'namespace' })",
    );
  }
  return requireLabel(pipeline.node.path, 'serviceNamespace', namespace);
}

/** What the scripts would refuse, minutes later. */
function checkNames(path: string, props: Iter8PipelineProps): void {
  const image = /^[a-z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?(:[0-9]{1,5})?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)+$/;
  const expected = 'an image without tag and digest, such as registry.example.com/team/service';
  requirePattern(
    path,
    'image',
    props.image,
    image,
    expected,
    'leave the tag out; every build is tagged with its commit',
  );
  requireLabel(path, 'service', props.service);
  const deployment = props.deployment ?? props.service;
  requireInteger(path, `the length of the Deployment's name ${deployment}`, deployment.length, 1, 52);
  requireLabel(path, 'deployment', deployment);
  const folder = /^(?!.*(^|\/)(\.\.|-))[A-Za-z0-9._@+-][A-Za-z0-9._/@+-]{0,254}$/;
  for (const [what, value] of Object.entries({
    manifests: props.manifests,
    context: props.context,
    dockerfile: props.dockerfile,
  })) {
    if (value !== undefined) {
      requirePattern(path, what, value, folder, 'a path inside the repository');
    }
  }
}

/** The service account of each task, by the task's name. */
function serviceAccounts(
  pipeline: Iter8Pipeline,
  name: string,
  props: Iter8PipelineProps,
  namespace: string,
): (task: string) => string {
  const { serviceAccount, source, registrySecretName, load } = props;
  if (serviceAccount) {
    return () => serviceAccount.name;
  }
  const git = source.secretName ? [source.secretName] : [];
  const registry = registrySecretName ? [registrySecretName] : [];
  const accounts: [string, ApiCall[], string[]][] = [
    ['build', [], [...git, ...registry]],
    ['experiment', ExperimentTask.API_CALLS, []],
    ['deploy', DeployTask.API_CALLS, git],
    ['wait', WaitTask.API_CALLS, []],
  ];
  if (load) {
    accounts.push(['load', LoadTask.API_CALLS, []]);
  }
  for (const [task, apiCalls, secretNames] of accounts) {
    new TaskServiceAccount(pipeline, `${task}-service-account`, {
      name: `${name}-${task}`,
      apiCalls,
      targetNamespace: namespace,
      secretNames,
    });
  }
  return (task) => `${name}-${task}`;
}
