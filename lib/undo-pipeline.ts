import type { Construct } from 'constructs';
import { type Canary, CanaryTasks, commonInputs } from './canary-tasks';
import type { DeployPipelineTask } from './tasks/deploy-task';
import type { ExperimentPipelineTask } from './tasks/experiment-task';
import type { LoadPipelineTask } from './tasks/load-task';
import { type NewRunProps, newRun } from './tasks/new-run';
import { PARAMS, requireParam } from './tasks/param-rules';
import { PreviousPipelineTask } from './tasks/previous-task';
import { Rollout } from './tasks/rollout';
import type { WaitPipelineTask } from './tasks/wait-task';
import type { Param } from './tekton/param';
import { Pipeline } from './tekton/pipeline';
import type { PipelineRun } from './tekton/pipeline-run';
import type { PipelineWorkspace } from './tekton/workspace';

/**
 * The way back after a promotion: a Pipeline that deploys the version that was live before, from its image; nothing is
 * built. `Iter8Pipeline` makes it: `canary.undo()`. All else is as in the canary, whose options it has; run twice, it goes
 * forward again.
 *
 * Its results are `verdict`, `winner`, `reason`, `image` and `report`.
 */
export class UndoPipeline extends Pipeline {
  /** Makes it of what the canary is made of. @internal */
  public static _of(scope: Construct, id: string, pipelineName: string, canary: Canary): UndoPipeline {
    return new UndoPipeline(scope, id, pipelineName, canary);
  }

  /** The param for the URL of the Git repository with the manifests. */
  public readonly repository: Param;
  /** The param for how the previous version gets the traffic: one of `Rollout`. */
  public readonly rollout: Param;
  /** The workspace in which the end of the experiment ends the load. */
  public readonly stop: PipelineWorkspace;
  /** Finds the previous version. */
  public readonly previousTask: PreviousPipelineTask;
  /** Creates the experiment. */
  public readonly experimentTask: ExperimentPipelineTask;
  /** Deploys the previous version. */
  public readonly deployTask: DeployPipelineTask;
  /** Sends requests, if any are to be sent. */
  public readonly loadTask?: LoadPipelineTask;
  /** Waits for the verdict and removes the loser. */
  public readonly waitTask: WaitPipelineTask;
  /** Leaves everything in order, whatever happened, and reports. */
  public readonly finishTask: WaitPipelineTask;

  private constructor(scope: Construct, id: string, pipelineName: string, canary: Canary) {
    const { props, tasks } = canary;
    super(scope, id, {
      metadata: { name: pipelineName },
      description: `Service ${props.service}: back to the version that was live before.`,
    });
    this.repository = this.addParam('repository', {
      description: 'URL of the Git repository',
      defaultValue: props.source.url,
    });
    this.rollout = this.addParam('rollout', {
      description: 'canary: the criteria decide; at-once: all the traffic as soon as the version is ready',
      defaultValue: Rollout.CANARY,
    });
    this.previousTask = new PreviousPipelineTask(this, tasks.previousTask, {
      ...commonInputs(canary, 'previousTask'),
      baseline: props.baseline,
    });
    const { image, live } = this.previousTask;
    const canaryTasks = new CanaryTasks(this, canary, {
      source: this.previousTask,
      image,
      repository: this.repository.ref,
      baseline: live,
      rollout: this.rollout.ref,
    });
    this.stop = canaryTasks.stop;
    this.experimentTask = canaryTasks.experimentTask;
    this.deployTask = canaryTasks.deployTask;
    this.loadTask = canaryTasks.loadTask;
    this.waitTask = canaryTasks.waitTask;
    this.finishTask = canaryTasks.finishTask;
  }

  /**
   * Makes a run, for `kubectl create`: `undo.newRun(runs, 'undo', { params: { rollout: Rollout.AT_ONCE } })`. Put runs in a
   * chart of their own: `kubectl apply` refuses them.
   */
  public newRun(scope: Construct, id: string, props: NewRunProps = {}): PipelineRun {
    const { rollout } = props.params ?? {};
    if (rollout !== undefined) {
      requireParam(`${scope.node.path}/${id}`, 'rollout', rollout, PARAMS.experiment.rollout);
    }
    return newRun(scope, id, this, props);
  }
}
