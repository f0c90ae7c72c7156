import { Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { type Canary, CanaryTasks, commonInputs } from './canary-tasks';
import type { Iter8PipelineProps } from './iter8-pipeline-props';
import { refuseChartLabels } from './rules/chart-labels';
import { refuse, requireName } from './rules/values';
import { BuildPipelineTask } from './tasks/build-task';
import type { DeployPipelineTask } from './tasks/deploy-task';
import type { ExperimentPipelineTask } from './tasks/experiment-task';
import type { HousekeepingPipelineTask } from './tasks/housekeeping-task';
import { Iter8ServiceAccounts } from './tasks/iter8-service-accounts';
import { Iter8Tasks, requirePrefix } from './tasks/iter8-tasks';
import type { LoadPipelineTask } from './tasks/load-task';
import { type NewRunProps, newRun } from './tasks/new-run';
import type { NotifyPipelineTask } from './tasks/notify-task';
import { Override } from './tasks/override';
import { OverridePipeline } from './tasks/override-pipeline';
import { PARAMS, requireParam } from './tasks/param-rules';
import type { WaitPipelineTask } from './tasks/wait-task';
import type { Param } from './tekton/param';
import { Pipeline } from './tekton/pipeline';
import type { PipelineRun } from './tekton/pipeline-run';
import type { PipelineWorkspace } from './tekton/workspace';
import { UndoPipeline } from './undo-pipeline';

/**
 * Canary delivery of one service: build → experiment → deploy → load and wait, and finish under `finally`.
 *
 * Everything in it can be reached, and more added to `pipeline`. The Pipeline's results are `verdict`, `winner`, `reason`,
 * `image` and `report`. Its chart has no labels: Tekton would hand them to the pods of tasks, and a Service that selects
 * by them would send these live traffic.
 */
export class Iter8Pipeline extends Construct {
  /** The Pipeline. */
  public readonly pipeline: Pipeline;
  /** The Tasks that it uses. */
  public readonly tasks: Iter8Tasks;
  /** The service accounts that were made for it. */
  public readonly serviceAccounts: Iter8ServiceAccounts;
  /** The Pipeline's param for the URL of the Git repository. */
  public readonly repository: Param;
  /** The Pipeline's param for the branch, tag or commit. */
  public readonly revision: Param;
  /** The Pipeline's param for the name of the image. */
  public readonly image: Param;
  /** The Pipeline's workspace in which the end of the experiment ends the load. */
  public readonly stop: PipelineWorkspace;
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
  /** Tell people how the run has ended, in the order of `notify`: `notify`, `notify-2`, … */
  public readonly notifyTasks: NotifyPipelineTask[];
  /** Deletes old runs and experiments, if that is wanted. */
  public readonly housekeepingTask?: HousekeepingPipelineTask;
  private readonly override: (action: Override) => OverridePipeline;
  private readonly undone: () => UndoPipeline;

  public constructor(scope: Construct, id: string, props: Iter8PipelineProps) {
    refuseChartLabels(scope, id);
    super(scope, id);
    const { name = id, source, images, builder, platform, api, load, notify = [] } = props;
    const namespace = requireProps(this.node.path, name, props, Chart.of(this).namespace);
    this.tasks = Iter8Tasks._of(this, props.tasks, { images, builder, platform, api, name });
    this.pipeline = new Pipeline(this, 'pipeline', {
      metadata: { name },
      description: `Canary delivery of service ${props.service}.`,
    });
    this.serviceAccounts = new Iter8ServiceAccounts(this, 'service-accounts', {
      name,
      targetNamespace: namespace,
      gitSecretName: source.secretName,
      registrySecretName: props.registrySecretName,
      experimentTemplate: props.experimentTemplate !== undefined,
      load: load !== undefined,
      platform: this.tasks.platform,
      notify: notify.length > 0,
      serviceAccounts: props.serviceAccounts,
      serviceAccount: props.serviceAccount,
    });
    this.repository = this.pipeline.addParam('repository', {
      description: 'URL of the Git repository',
      defaultValue: source.url,
    });
    this.revision = this.pipeline.addParam('revision', {
      description: 'Branch, tag or commit; the head of the default branch where empty',
      defaultValue: source.revision ?? '',
    });
    this.image = this.pipeline.addParam('image', {
      description: 'Name of the image, without tag and digest',
      defaultValue: props.image,
    });
    const canary: Canary = {
      props,
      namespace,
      tasks: this.tasks,
      serviceAccounts: this.serviceAccounts,
      stopBinding: props.stopSignal?._bind(this),
    };
    this.buildTask = new BuildPipelineTask(this.pipeline, this.tasks.buildTask, {
      repository: this.repository.ref,
      revision: this.revision.ref,
      image: this.image.ref,
      context: props.context,
      dockerfile: props.dockerfile,
      buildArgs: props.buildArgs,
      timeout: props.buildTimeout,
      serviceAccountName: this.serviceAccounts._nameOf('buildTask'),
    });
    const canaryTasks = new CanaryTasks(this.pipeline, canary, {
      source: this.buildTask,
      image: this.buildTask.image,
      repository: this.repository.ref,
      baseline: props.baseline,
    });
    this.stop = canaryTasks.stop;
    this.experimentTask = canaryTasks.experimentTask;
    this.deployTask = canaryTasks.deployTask;
    this.loadTask = canaryTasks.loadTask;
    this.waitTask = canaryTasks.waitTask;
    this.finishTask = canaryTasks.finishTask;
    this.notifyTasks = canaryTasks.notifyTasks;
    this.housekeepingTask = canaryTasks.housekeepingTask;
    const overrides = new Map<Override, OverridePipeline>();
    this.override = (action) => {
      const made =
        overrides.get(action) ??
        new OverridePipeline(this, action, {
          ...commonInputs(canary, 'overrideTask'),
          action,
          task: this.tasks.overrideTask,
          pipelineName: `${name}-${action}`,
        });
      overrides.set(action, made);
      return made;
    };
    let undone: UndoPipeline | undefined;
    this.undone = () => {
      undone ??= UndoPipeline._of(this, 'undo', `${name}-undo`, canary);
      return undone;
    };
  }

  /** Makes a run, for `kubectl create`. Put runs in a chart of their own: `kubectl apply` refuses them. */
  public newRun(scope: Construct, id: string, props: NewRunProps = {}): PipelineRun {
    return newRun(scope, id, this.pipeline, props);
  }

  /** A Pipeline `NAME-rollback`, which ends the experiment in progress at once with all traffic on the baseline. */
  public rollback(): OverridePipeline {
    return this.override(Override.ROLLBACK);
  }

  /**
   * A Pipeline `NAME-rollforward`, which ends the experiment in progress at once with all traffic on the candidate, if all
   * pods of that are ready.
   */
  public rollforward(): OverridePipeline {
    return this.override(Override.ROLLFORWARD);
  }

  /**
   * A Pipeline `NAME-pause`, which stops the experiment in progress where it is. When it is not resumed before
   * `experimentDeadline`, the traffic goes back to the baseline. Controllers of iter8 before 0.1 can't do that.
   */
  public pause(): OverridePipeline {
    return this.override(Override.PAUSE);
  }

  /** A Pipeline `NAME-resume`, which has a paused experiment go on. */
  public resume(): OverridePipeline {
    return this.override(Override.RESUME);
  }

  /**
   * A Pipeline `NAME-undo`, which after a promotion deploys the version that was live before. Its param `rollout` says
   * whether by a canary or at once.
   */
  public undo(): UndoPipeline {
    return this.undone();
  }
}

/** What no part can see. Answers the namespace of the service. */
function requireProps(path: string, name: string, props: Iter8PipelineProps, chartNamespace?: string): string {
  requirePrefix(path, name);
  requireParam(path, 'image', props.image, PARAMS.build.image);
  for (const prop of ['maxErrorRate', 'loadStart'] as const) {
    if (props[prop] !== undefined && !props.load) {
      refuse(path, prop, props[prop], 'none without load', `give load, or remove ${prop}`);
    }
  }
  if (props.approvalDeadline && props.experimentTemplate !== undefined) {
    const expected = 'none beside experimentTemplate, whose experiment may send all traffic to the candidate by itself';
    const given = `${props.approvalDeadline.toSeconds({ integral: false })} s`;
    refuse(path, 'approvalDeadline', given, expected, 'say in criteria and the other options what the file says');
  }
  if (props.approvalDeadline && props.onTermination) {
    const expected = 'none with approvalDeadline, for which the traffic stays on the baseline until a person decides';
    refuse(path, 'onTermination', props.onTermination._name, expected, 'remove one of them');
  }
  const namespace = props.serviceNamespace ?? chartNamespace;
  if (!namespace) {
    throw new Error(
      `${path}: neither the chart nor serviceNamespace names a namespace; expected the service's; ` +
        "fix: new Chart(app, 'name', { namespace: 'namespace' })",
    );
  }
  return requireName(path, 'serviceNamespace', namespace);
}
