import { Duration } from 'cdk8s';
import type { Construct } from 'constructs';
import type { ApiCall } from '../access/api-call';
import { Iter8Api } from '../iter8/iter8-api';
import type { Pipeline } from '../tekton/pipeline';
import { PipelineTask } from '../tekton/pipeline-task';
import { type ITask, Task } from '../tekton/task';
import type { PipelineWorkspace } from '../tekton/workspace';
import type { Iter8TaskProps } from './experiment-task';
import { Images } from './images';
import type { PipelineTaskInputs } from './pipeline-task-inputs';
import { iter8Environment, OUTSIDE_MESH, RESTRICTED, script, WRITABLE } from './script';
import { Verdict } from './verdict';

/** What both uses of the WaitTask are given. Strings may be variables. */
export interface FinishInputs extends PipelineTaskInputs {
  /** Name of the Service under test. */
  readonly service: string;
  /** Its namespace. */
  readonly namespace: string;
  /**
   * Workspace in which the task leaves a file with the run's uid as its name, which ends the load.
   * @default - none
   */
  readonly stop?: PipelineWorkspace;
}

/** What a use of the WaitTask is given to wait for the verdict. */
export interface WaitInputs extends FinishInputs {
  /**
   * How long the experiment may take.
   * @default Duration.minutes(30)
   */
  readonly deadline?: Duration;
  /**
   * Time between two assessments of the experiment, by which to tell that it got stuck.
   * @default Duration.seconds(30)
   */
  readonly interval?: Duration;
  /**
   * Verdicts that fail the run.
   * @default - all but Verdict.WINNER
   */
  readonly failOn?: Verdict[];
}

/** The WaitTask in use in a Pipeline. */
export class WaitPipelineTask extends PipelineTask {
  private readonly statuses: () => string[];

  /** Uses the WaitTask, or a Task with the same params and results. */
  public constructor(pipeline: Pipeline, task: ITask, inputs: WaitInputs, final: boolean = false) {
    const name = inputs.name ?? (final ? 'finish' : 'wait');
    const seconds = (duration: Duration) => Math.ceil(duration.toSeconds({ integral: false }));
    const deadline = seconds(inputs.deadline ?? Duration.minutes(30));
    const lost = [Verdict.BASELINE, Verdict.INCONCLUSIVE, Verdict.ABORTED, Verdict.TIMEOUT];
    super(
      pipeline,
      name,
      task,
      {
        params: {
          service: inputs.service,
          namespace: inputs.namespace,
          run: '$(context.pipelineRun.uid)',
          mode: final ? 'finish' : 'wait',
          deadline,
          interval: seconds(inputs.interval ?? Duration.seconds(30)),
          'fail-on': final ? '' : (inputs.failOn ?? lost).join(','),
        },
        workspaces: inputs.stop && { stop: inputs.stop },
        runAfter: inputs.runAfter,
        timeout: inputs.timeout ?? Duration.seconds(final ? 600 : deadline + 600),
        // A pod that was evicted has not told the verdict; one that has tells the same again.
        retries: final ? 2 : 1,
        serviceAccountName: inputs.serviceAccountName,
      },
      final,
    );
    this.statuses = () =>
      pipeline.tasks
        .filter((each) => final && !each._final)
        .map((each) => `${each.name}=${each.status}:${each.statusReason}`);
  }

  /** @internal */
  protected override _params(): { readonly [name: string]: any } {
    return { ...super._params(), tasks: this.statuses() };
  }

  /** How the run ended: one of `Verdict`. */
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

  /** The candidate's image; empty when none was deployed. */
  public get image(): string {
    return this.result('image');
  }

  /** A short text with all of it. */
  public get report(): string {
    return this.result('report');
  }
}

/**
 * Waits for the verdict on a run's experiment, gives the traffic to who won and removes who lost. Under `finally` the same
 * Task ends whatever is still going on, lets the next run have the service, and writes the report.
 *
 * Results: `verdict`, `winner`, `reason`, `image` and `report`.
 */
export class WaitTask extends Task {
  /** The calls that it makes in the service's namespace. */
  public static readonly API_CALLS: ApiCall[] = [
    { group: '', resources: ['services'], verbs: ['list'] },
    { group: 'apps', resources: ['deployments'], verbs: ['get', 'list', 'delete'] },
    { group: 'iter8.tools', resources: ['experiments'], verbs: ['get', 'list', 'patch', 'delete'] },
    {
      group: 'networking.istio.io',
      resources: ['virtualservices', 'destinationrules'],
      verbs: ['get', 'list', 'create', 'patch'],
    },
    { group: 'coordination.k8s.io', resources: ['leases'], verbs: ['get', 'create', 'patch', 'delete'] },
  ];

  public constructor(scope: Construct, id: string, props: Iter8TaskProps = {}) {
    super(scope, id, {
      description: "Waits for the verdict on a run's experiment and removes the version that lost.",
      metadata: { name: props.name ?? id, labels: OUTSIDE_MESH },
    });
    const { api = Iter8Api.V1ALPHA2, images = Images.of() } = props;
    const service = this.addParam('service', { description: 'Name of the Service under test' });
    const namespace = this.addParam('namespace', { description: 'Its namespace' });
    const run = this.addParam('run', { description: 'Uid of the PipelineRun' });
    const mode = this.addParam('mode', {
      description: 'wait for the verdict, or finish what is still going on',
      defaultValue: 'wait',
    });
    const deadline = this.addParam('deadline', {
      description: 'How long the experiment may take, in seconds',
      defaultValue: '1800',
    });
    const interval = this.addParam('interval', {
      description: 'Time between two assessments, in seconds',
      defaultValue: '30',
    });
    const failOn = this.addParam('fail-on', {
      description: 'Verdicts that fail the task, with commas between',
      defaultValue: '',
    });
    const tasks = this.addArrayParam('tasks', {
      description: "How the run's tasks ended, as NAME=STATUS:REASON",
      defaultValue: [],
    });
    const stop = this.addWorkspace('stop', {
      description: "Gets a file with the run's uid as its name when the load is to end",
      optional: true,
    });
    const verdict = this.addResult('verdict', {
      description: 'How the run ended: winner, baseline, inconclusive, aborted or timeout',
    });
    const winner = this.addResult('winner', { description: 'Name of the Deployment that has the traffic' });
    const reason = this.addResult('reason', { description: 'Why' });
    const image = this.addResult('image', { description: "The candidate's image" });
    const report = this.addResult('report', { description: 'All of it as a short text' });
    this.addStep('wait', {
      image: images.tools,
      script: script('wait.sh'),
      args: [tasks.ref],
      env: {
        ...WRITABLE,
        ...iter8Environment(api),
        SERVICE: service.ref,
        NAMESPACE: namespace.ref,
        RUN: run.ref,
        MODE: mode.ref,
        DEADLINE_SECONDS: deadline.ref,
        INTERVAL_SECONDS: interval.ref,
        FAIL_ON: failOn.ref,
        STOP_FOLDER: stop.path,
        RESULT_VERDICT: verdict.path,
        RESULT_WINNER: winner.path,
        RESULT_REASON: reason.path,
        RESULT_IMAGE: image.path,
        RESULT_REPORT: report.path,
      },
      securityContext: RESTRICTED,
    });
  }

  /** Uses this Task in a Pipeline, to wait for the verdict. */
  public addTo(pipeline: Pipeline, inputs: WaitInputs): WaitPipelineTask {
    return new WaitPipelineTask(pipeline, this, inputs);
  }

  /** Uses this Task under `finally` of a Pipeline. */
  public addFinallyTo(pipeline: Pipeline, inputs: FinishInputs): WaitPipelineTask {
    return new WaitPipelineTask(pipeline, this, inputs, true);
  }
}
