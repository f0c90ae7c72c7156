import type { Construct } from 'constructs';
import { Pipeline } from '../tekton/pipeline';
import type { PipelineRun } from '../tekton/pipeline-run';
import type { ITask } from '../tekton/task';
import { type NewRunProps, newRun } from './new-run';
import { type OverrideInputs, OverridePipelineTask } from './override-task';

/** What the Pipeline is made with. */
export interface OverridePipelineProps extends OverrideInputs {
  /** The OverrideTask, or a Task with its params and results. */
  readonly task: ITask;
  /** Name of the Pipeline. */
  readonly pipelineName: string;
}

/**
 * A Pipeline of one task, which does what a person wants of the experiment in progress on a service. `Iter8Pipeline` makes
 * them: `canary.rollback()`, `canary.rollforward()`, `canary.pause()` and `canary.resume()`.
 *
 * Its results are `verdict`, `winner`, `reason`, `image` and `report`.
 */
export class OverridePipeline extends Pipeline {
  /** What it does. */
  public readonly overrideTask: OverridePipelineTask;

  public constructor(scope: Construct, id: string, props: OverridePipelineProps) {
    const { task, pipelineName, ...inputs } = props;
    super(scope, id, {
      metadata: { name: pipelineName },
      description: `Service ${inputs.service}: ${inputs.action} of the experiment in progress.`,
    });
    this.overrideTask = new OverridePipelineTask(this, task, inputs);
    const { verdict, winner, reason, image, report } = this.overrideTask;
    this.addResult('verdict', { description: 'How the experiment ended; empty where it goes on', value: verdict });
    this.addResult('winner', { description: 'Name of the Deployment that has the traffic', value: winner });
    this.addResult('reason', { description: 'Why', value: reason });
    this.addResult('image', { description: "The candidate's image", value: image });
    this.addResult('report', { description: 'All of it as a short text', value: report });
  }

  /** Makes a run, for `kubectl create`. Put runs in a chart of their own: `kubectl apply` refuses them. */
  public newRun(scope: Construct, id: string, props: NewRunProps = {}): PipelineRun {
    return newRun(scope, id, this, props);
  }
}
