import type { Construct } from 'constructs';
import { type ApiCall, shared } from '../access/api-call';
import { requireInteger } from '../rules/values';
import { Context } from '../tekton/context';
import type { Pipeline } from '../tekton/pipeline';
import { PipelineTask } from '../tekton/pipeline-task';
import { OnError } from '../tekton/step';
import type { ITask } from '../tekton/task';
import { Images } from './images';
import { Iter8Task, type Iter8TaskProps, requireSameApi } from './iter8-task';
import { requireParams } from './param-rules';
import { type PipelineTaskInputs, useProps } from './pipeline-task-inputs';
import { iter8Environment, script, WRITABLE } from './script';

/** What a use of the HousekeepingTask is given. Strings may be variables. */
export interface HousekeepingInputs extends PipelineTaskInputs {
  /** Name of the Service under test. */
  readonly service: string;
  /** Its namespace. */
  readonly namespace: string;
  /** How many finished runs, and how many finished experiments, are kept: at least 1. The run itself counts as one. */
  readonly historyLimit: number;
}

/** The HousekeepingTask in use under `finally` of a Pipeline. */
export class HousekeepingPipelineTask extends PipelineTask {
  /** Uses the HousekeepingTask, or a Task with the same params. */
  public constructor(pipeline: Pipeline, task: ITask, inputs: HousekeepingInputs) {
    const { service, namespace, historyLimit, name = 'housekeeping' } = inputs;
    const path = `${pipeline.node.path}/${name}`;
    requireSameApi(path, pipeline, task);
    super(
      pipeline,
      name,
      task,
      {
        params: requireParams(path, 'housekeeping', {
          service,
          namespace,
          run: Context.PIPELINE_RUN_UID,
          'pipeline-run': `${Context.PIPELINE_RUN_NAMESPACE}/${Context.PIPELINE_RUN_NAME}`,
          pipeline: Context.PIPELINE_NAME,
          'history-limit': requireInteger(path, 'historyLimit', historyLimit, 1, 999_999),
        }),
        ...useProps(path, inputs, 600),
      },
      true,
    );
  }
}

/**
 * Deletes old runs of the Pipeline that have ended, and old experiments of its service that runs have made, have ended,
 * and whose candidate is gone. Nothing of other Pipelines and services. Its failure does not fail the run.
 */
export class HousekeepingTask extends Iter8Task {
  /** The calls that it makes in the service's namespace. */
  public static readonly API_CALLS: ApiCall[] = shared([
    { group: 'apps', resources: ['deployments'], verbs: ['list'] },
    { group: 'iter8.tools', resources: ['experiments'], verbs: ['list', 'delete'] },
  ]);
  /** The calls that it makes in its own namespace. */
  public static readonly OWN_API_CALLS: ApiCall[] = shared([
    { group: 'tekton.dev', resources: ['pipelineruns'], verbs: ['list', 'delete'] },
  ]);

  public constructor(scope: Construct, id: string, props: Iter8TaskProps = {}) {
    super(scope, id, props, 'Deletes old runs of a Pipeline and old experiments of its service.');
    const { images = Images.of() } = props;
    const pipelineRun = this.addParam('pipeline-run', { description: 'Namespace and name of the PipelineRun' });
    const pipeline = this.addParam('pipeline', { description: 'Name of the Pipeline' });
    const limit = this.addParam('history-limit', { description: 'How many runs and experiments are kept' });
    this.addStep('housekeeping', {
      image: images.tools,
      script: script('housekeeping.sh'),
      env: {
        ...WRITABLE,
        ...iter8Environment(this.api),
        ...this._target,
        PIPELINE_RUN: pipelineRun.ref,
        PIPELINE: pipeline.ref,
        HISTORY_LIMIT: limit.ref,
      },
      securityContext: this._restricted,
      onError: OnError.CONTINUE,
    });
  }

  /** Uses this Task under `finally` of a Pipeline. */
  public addFinallyTo(pipeline: Pipeline, inputs: HousekeepingInputs): HousekeepingPipelineTask {
    return new HousekeepingPipelineTask(pipeline, this, inputs);
  }
}
