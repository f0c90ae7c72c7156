import { Duration } from 'cdk8s';
import type { Construct } from 'constructs';
import { type ApiCall, shared } from '../access/api-call';
import type { Pipeline } from '../tekton/pipeline';
import { PipelineTask } from '../tekton/pipeline-task';
import type { ITask } from '../tekton/task';
import { Images } from './images';
import { Iter8Task, type Iter8TaskProps, requireSameApi } from './iter8-task';
import type { Override } from './override';
import { requireParams } from './param-rules';
import { type PipelineTaskInputs, useProps, wholeSeconds } from './pipeline-task-inputs';
import { iter8Environment, script, WRITABLE } from './script';

/** What a use of the OverrideTask is given. Strings may be variables. */
export interface OverrideInputs extends PipelineTaskInputs {
  /** Name of the Service under test. */
  readonly service: string;
  /** Its namespace. */
  readonly namespace: string;
  /** What is wanted of the experiment. */
  readonly action: Override;
  /**
   * How long to wait for the run that has made the experiment to finish its work. The traffic has changed long before.
   * @default Duration.minutes(10)
   */
  readonly deadline?: Duration;
}

/** The OverrideTask in use in a Pipeline. */
export class OverridePipelineTask extends PipelineTask {
  /** Uses the OverrideTask, or a Task with the same params and results. */
  public constructor(pipeline: Pipeline, task: ITask, inputs: OverrideInputs) {
    const { service, namespace, action, name = action } = inputs;
    const path = `${pipeline.node.path}/${name}`;
    const deadline = wholeSeconds(path, 'deadline', inputs.deadline ?? Duration.minutes(10));
    requireSameApi(path, pipeline, task);
    super(pipeline, name, task, {
      params: requireParams(path, 'override', {
        service,
        namespace,
        run: '$(context.pipelineRun.uid)',
        'pipeline-run': '$(context.pipelineRun.namespace)/$(context.pipelineRun.name)',
        action,
        deadline,
      }),
      // It may have to do the run's work itself when the deadline is over.
      ...useProps(path, inputs, deadline + 600),
      retries: 1,
    });
  }

  /** How the experiment ended: one of `Verdict`; empty where it goes on. */
  public get verdict(): string {
    return this.result('verdict');
  }

  /** Name of the Deployment that has the traffic; empty when it is shared. */
  public get winner(): string {
    return this.result('winner');
  }

  /** Why. */
  public get reason(): string {
    return this.result('reason');
  }

  /** What share of the traffic each version has: `reviews-v1=80,reviews-v2=20`. */
  public get weights(): string {
    return this.result('weights');
  }

  /** The candidate's image. */
  public get image(): string {
    return this.result('image');
  }

  /** A short text with all of it. */
  public get report(): string {
    return this.result('report');
  }
}

/**
 * Does what a person wants of the experiment in progress on a service, by iter8's own override: roll back, roll forward,
 * pause or resume. The run that has made the experiment finishes its work; where it has ended without that, this task
 * does it. Fails, and changes nothing, when no experiment is in progress.
 *
 * Results: `verdict`, `winner`, `reason`, `weights`, `image` and `report`.
 */
export class OverrideTask extends Iter8Task {
  /** The calls that it makes in the service's namespace. */
  public static readonly API_CALLS: ApiCall[] = shared([
    { group: '', resources: ['services', 'configmaps'], verbs: ['list', 'delete'] },
    { group: 'apps', resources: ['deployments'], verbs: ['get', 'list', 'patch', 'delete'] },
    { group: 'iter8.tools', resources: ['experiments'], verbs: ['get', 'patch', 'delete'] },
    {
      group: 'networking.istio.io',
      resources: ['virtualservices', 'destinationrules'],
      verbs: ['get', 'list', 'create', 'patch'],
    },
    { group: 'coordination.k8s.io', resources: ['leases'], verbs: ['get', 'create', 'patch', 'delete'] },
  ]);
  /**
   * The calls that it makes in its own namespace: it looks whether the run that has the service still runs. Without them it
   * goes by the time in the service's Lease.
   */
  public static readonly OWN_API_CALLS: ApiCall[] = shared([
    { group: 'tekton.dev', resources: ['pipelineruns'], verbs: ['get'] },
  ]);

  public constructor(scope: Construct, id: string, props: Iter8TaskProps = {}) {
    super(scope, id, props, 'Rolls the experiment in progress on a service back or forward, pauses or resumes it.');
    const { images = Images.of() } = props;
    const pipelineRun = this.addParam('pipeline-run', {
      description: 'Namespace and name of the PipelineRun, by which others see whether it still runs',
      defaultValue: '',
    });
    const action = this.addParam('action', { description: 'rollback, rollforward, pause or resume' });
    const deadline = this.addParam('deadline', {
      description: 'How long to wait for the run that has made the experiment, in seconds',
      defaultValue: '600',
    });
    const verdict = this.addResult('verdict', {
      description:
        'How the experiment ended: winner, baseline, inconclusive, aborted or timeout; empty where it goes on',
    });
    const winner = this.addResult('winner', { description: 'Name of the Deployment that has the traffic' });
    const reason = this.addResult('reason', { description: 'Why' });
    const weights = this.addResult('weights', {
      description: 'What share of the traffic each version has, as NAME=PERCENT with commas between',
    });
    const image = this.addResult('image', { description: "The candidate's image" });
    const report = this.addResult('report', { description: 'All of it as a short text' });
    this.addStep('override', {
      image: images.tools,
      script: script('override.sh'),
      env: {
        ...WRITABLE,
        ...iter8Environment(this.api),
        ITER8_PAUSE: this.api._dialect.pause,
        ...this._target,
        PIPELINE_RUN: pipelineRun.ref,
        ACTION: action.ref,
        DEADLINE_SECONDS: deadline.ref,
        RESULT_VERDICT: verdict.path,
        RESULT_WINNER: winner.path,
        RESULT_REASON: reason.path,
        RESULT_WEIGHTS: weights.path,
        RESULT_IMAGE: image.path,
        RESULT_REPORT: report.path,
      },
      securityContext: this._restricted,
    });
  }

  /** Uses this Task in a Pipeline. */
  public addTo(pipeline: Pipeline, inputs: OverrideInputs): OverridePipelineTask {
    return new OverridePipelineTask(pipeline, this, inputs);
  }
}
