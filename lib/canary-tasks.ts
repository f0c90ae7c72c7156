import { OnTermination } from './iter8/strategy';
import type { Iter8PipelineProps } from './iter8-pipeline-props';
import { DeployPipelineTask } from './tasks/deploy-task';
import { ExperimentPipelineTask } from './tasks/experiment-task';
import { HousekeepingPipelineTask } from './tasks/housekeeping-task';
import type { Iter8ServiceAccounts, ServiceAccountsByTask } from './tasks/iter8-service-accounts';
import type { Iter8Tasks } from './tasks/iter8-tasks';
import { LoadStart } from './tasks/load-start';
import { LoadPipelineTask } from './tasks/load-task';
import { NotifyPipelineTask } from './tasks/notify-task';
import { WaitPipelineTask } from './tasks/wait-task';
import type { Pipeline } from './tekton/pipeline';
import type { PipelineTask } from './tekton/pipeline-task';
import type { PipelineWorkspace } from './tekton/workspace';
import type { WorkspaceBinding } from './tekton/workspace-binding';

/** What all Pipelines of a canary have in common. */
export interface Canary {
  /** What the canary is made with. */
  readonly props: Iter8PipelineProps;
  /** Namespace of the service. */
  readonly namespace: string;
  readonly tasks: Iter8Tasks;
  readonly serviceAccounts: Iter8ServiceAccounts;
  /** The volume for `stop`. */
  readonly stopBinding?: WorkspaceBinding;
}

/** Which version is to be the candidate. */
export interface CandidateInputs {
  /** The task that knows it, and has a result `commit`. */
  readonly source: PipelineTask;
  /** The image by its digest. */
  readonly image: string;
  /** URL of the Git repository with the manifests. */
  readonly repository: string;
  /** Name of the Deployment that is live; looked up where there is none. */
  readonly baseline?: string;
  /** How the candidate gets the traffic: one of `Rollout`. */
  readonly rollout?: string;
}

/** What every task of a canary is told. */
export function commonInputs({ props, namespace, serviceAccounts }: Canary, task: keyof ServiceAccountsByTask) {
  return { service: props.service, namespace, serviceAccountName: serviceAccounts._nameOf(task) };
}

/**
 * What a canary does with a version, wherever that comes from: experiment → deploy → load and wait, and under `finally`
 * finish, notifications and housekeeping; and the Pipeline's results.
 */
export class CanaryTasks {
  public readonly stop: PipelineWorkspace;
  public readonly experimentTask: ExperimentPipelineTask;
  public readonly deployTask: DeployPipelineTask;
  public readonly loadTask?: LoadPipelineTask;
  public readonly waitTask: WaitPipelineTask;
  public readonly finishTask: WaitPipelineTask;
  public readonly notifyTasks: NotifyPipelineTask[];
  public readonly housekeepingTask?: HousekeepingPipelineTask;

  public constructor(pipeline: Pipeline, canary: Canary, candidateInputs: CandidateInputs) {
    const { props, tasks } = canary;
    const { source, image, repository } = candidateInputs;
    const { cleanup, load, notify = [], ...options } = props;
    const onTermination = props.approvalDeadline ? OnTermination.toBaseline() : props.onTermination;
    const common = (task: keyof ServiceAccountsByTask) => commonInputs(canary, task);
    const commit = source.result('commit');
    const stop = pipeline.addWorkspace('stop', {
      description:
        'Where the end of the experiment ends the load at once; without it, the load looks at the experiment',
      optional: true,
      binding: canary.stopBinding,
    });
    this.stop = stop;
    this.experimentTask = new ExperimentPipelineTask(pipeline, tasks.experimentTask, {
      ...common('experimentTask'),
      commit,
      options: { ...options, api: props.api ?? tasks.api, onTermination },
      experimentTemplate: props.experimentTemplate,
      repository,
      cleanup,
      deployment: props.deployment,
      baseline: candidateInputs.baseline,
      concurrency: props.concurrency,
      queueDeadline: props.queueDeadline,
      rollout: candidateInputs.rollout,
    });
    const { experiment, experimentUid, candidate, baseline } = this.experimentTask;
    this.deployTask = new DeployPipelineTask(pipeline, tasks.deployTask, {
      ...common('deployTask'),
      repository,
      commit,
      image,
      candidate,
      baseline,
      deployment: props.deployment,
      manifests: props.manifests,
      container: props.container,
      readyDeadline: props.readyDeadline,
    });
    const deadline = props.experimentDeadline;
    if (load) {
      const task = load._mesh ? tasks.meshLoadTask : tasks.loadTask;
      this.loadTask = new LoadPipelineTask(pipeline, task, {
        ...common('loadTask'),
        start: props.loadStart,
        runAfter: props.loadStart === LoadStart.AFTER_BUILD ? [source] : undefined,
        stop,
        load,
        experiment,
        experimentUid,
        deadline,
        maxErrorRate: props.maxErrorRate,
      });
    }
    const podTemplate = props.stopSignal?._podTemplate(tasks.platform);
    this.waitTask = new WaitPipelineTask(pipeline, tasks.waitTask, {
      ...common('waitTask'),
      stop,
      podTemplate,
      experiment: this.experimentTask,
      deadline,
      failOn: props.failOn,
      approvalDeadline: props.approvalDeadline,
    });
    const finish = { ...common('waitTask'), stop, podTemplate };
    this.finishTask = new WaitPipelineTask(pipeline, tasks.waitTask, finish, true);
    this.notifyTasks = notify.map(
      (notification, i) =>
        new NotifyPipelineTask(pipeline, tasks.notifyTask, {
          ...common('notifyTask'),
          name: i === 0 ? 'notify' : `notify-${i + 1}`,
          notification,
          finishTask: this.finishTask,
          buildTask: source,
        }),
    );
    if (props.historyLimit !== undefined) {
      this.housekeepingTask = new HousekeepingPipelineTask(pipeline, tasks.housekeepingTask, {
        ...common('housekeepingTask'),
        historyLimit: props.historyLimit,
      });
    }
    for (const [result, description, value] of [
      ['verdict', 'How the run ended: winner, baseline, inconclusive, aborted or timeout', this.finishTask.verdict],
      ['winner', 'Name of the Deployment that has the traffic', this.finishTask.winner],
      ['reason', 'Why', this.finishTask.reason],
      ['image', "The candidate's image", this.finishTask.image],
      ['report', 'All of it as a short text', this.finishTask.report],
    ] as const) {
      pipeline.addResult(result, { description, value });
    }
  }
}
