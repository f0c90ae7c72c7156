import { Duration } from 'cdk8s';
import type { Construct } from 'constructs';
import { type ApiCall, shared } from '../access/api-call';
import { byName } from '../rules/by-name';
import { refuse } from '../rules/values';
import type { Pipeline } from '../tekton/pipeline';
import { PipelineTask } from '../tekton/pipeline-task';
import type { ITask } from '../tekton/task';
import type { PipelineWorkspace } from '../tekton/workspace';
import type { ExperimentPipelineTask } from './experiment-task';
import { Images } from './images';
import { Iter8Task, type Iter8TaskProps, requireSameApi } from './iter8-task';
import { requireParams } from './param-rules';
import { experimentSeconds, type PipelineTaskInputs, useProps, wholeSeconds } from './pipeline-task-inputs';
import { iter8Environment, script, WRITABLE } from './script';
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
   * The experiment to wait for. The task runs after it, and after the DeployTask of its candidate.
   * @default - the one that the run has under way when the task begins; say in `runAfter` what comes before
   */
  readonly experiment?: ExperimentPipelineTask;
  /**
   * How long the experiment may take.
   * @default - interval times maxIterations, and 5 minutes; 30 minutes without `experiment`
   */
  readonly deadline?: Duration;
  /**
   * Time between two assessments of the experiment, by which to tell that it got stuck.
   * @default - that of the experiment; 30 seconds without `experiment`
   */
  readonly interval?: Duration;
  /**
   * Verdicts that fail the run.
   * @default - all but Verdict.WINNER
   */
  readonly failOn?: Verdict[];
  /**
   * How long to wait for a person to roll a candidate that met the criteria forward or back, for an experiment that leaves
   * the traffic on the baseline: with `OnTermination.toBaseline()`.
   * @default - not at all
   */
  readonly approvalDeadline?: Duration;
}

/** The WaitTask in use in a Pipeline. */
export class WaitPipelineTask extends PipelineTask {
  private readonly statuses: () => string[];

  /** Uses the WaitTask, or a Task with the same params and results. */
  public constructor(pipeline: Pipeline, task: ITask, inputs: WaitInputs, final: boolean = false) {
    const name = inputs.name ?? (final ? 'finish' : 'wait');
    const path = `${pipeline.node.path}/${name}`;
    const { service, namespace, stop } = inputs;
    const experiment = final ? undefined : inputs.experiment;
    const template = experiment?._template;
    const deadline = experimentSeconds(path, inputs.deadline, template?.deadline);
    const least = template?.seconds ?? 0;
    if (deadline < least) {
      const expected = `at least ${least} s, which are interval times maxIterations of the experiment`;
      refuse(path, 'deadline', `${deadline} s`, expected, 'raise it (experimentDeadline in an Iter8Pipeline)');
    }
    const approval = inputs.approvalDeadline && wholeSeconds(path, 'approvalDeadline', inputs.approvalDeadline);
    const interval = inputs.interval ?? template?.interval ?? Duration.seconds(30);
    requireSameApi(path, pipeline, task);
    super(
      pipeline,
      name,
      task,
      {
        params: requireParams(path, 'wait', {
          service,
          namespace,
          run: '$(context.pipelineRun.uid)',
          mode: final ? 'finish' : 'wait',
          experiment: experiment?.experiment ?? '',
          'experiment-uid': experiment?.experimentUid ?? '',
          deadline,
          interval: wholeSeconds(path, 'interval', interval),
          'approval-deadline': approval ?? 0,
          'fail-on': final ? '' : failOn(inputs.failOn),
        }),
        workspaces: stop && { stop },
        ...useProps(path, inputs, final ? 600 : deadline + (approval ?? 0) + 600),
        // A pod that was evicted has not told the verdict; one that has tells the same again.
        retries: final ? 2 : 1,
      },
      final,
    );
    this.statuses = () =>
      pipeline.tasks
        .filter((each) => final && !each._final)
        .sort((a, b) => byName(a.name, b.name))
        .map((each) => `${each.name}=${each.status}:${each.statusReason}`);
    experiment?._watchedBy(this);
  }

  /** Whether it ends the experiments on a service, whatever happens. @internal */
  public _finishes(service: string, namespace: string): boolean {
    const params = super._params();
    return this._final && params.service === service && params.namespace === namespace;
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

  /** What share of the traffic each version has, in percent: `reviews-v1=0,reviews-v2=100`; empty when nothing routes it. */
  public get weights(): string {
    return this.result('weights');
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

/** In the order of the enum, whichever order they were given in. */
function failOn(verdicts: readonly Verdict[] | undefined): string {
  const all = Object.values(Verdict);
  const chosen = new Set(verdicts ?? all.filter((verdict) => verdict !== Verdict.WINNER));
  return [...chosen].sort((a, b) => all.indexOf(a) - all.indexOf(b)).join(',');
}

/**
 * Waits for the verdict on a run's experiment, gives the traffic to who won and removes who lost. Under `finally` the same
 * Task ends whatever is still going on, lets the next run have the service, and writes the report.
 *
 * Results: `verdict`, `winner`, `reason`, `weights`, `image` and `report`.
 */
export class WaitTask extends Iter8Task {
  /** The calls that it makes in the service's namespace. What candidates bring of other kinds needs list and delete. */
  public static readonly API_CALLS: ApiCall[] = shared([
    { group: '', resources: ['services', 'configmaps'], verbs: ['list', 'delete'] },
    { group: 'apps', resources: ['deployments'], verbs: ['get', 'list', 'patch', 'delete'] },
    { group: 'iter8.tools', resources: ['experiments'], verbs: ['get', 'list', 'patch', 'delete'] },
    {
      group: 'networking.istio.io',
      resources: ['virtualservices', 'destinationrules'],
      verbs: ['get', 'list', 'create', 'patch'],
    },
    { group: 'coordination.k8s.io', resources: ['leases'], verbs: ['get', 'create', 'patch', 'delete'] },
  ]);

  public constructor(scope: Construct, id: string, props: Iter8TaskProps = {}) {
    super(scope, id, props, "Waits for the verdict on a run's experiment and removes the version that lost.");
    const { images = Images.of() } = props;
    const mode = this.addParam('mode', {
      description: 'wait for the verdict, or finish what is still going on',
      defaultValue: 'wait',
    });
    const experiment = this.addParam('experiment', {
      description: 'Name of the Experiment; may be empty',
      defaultValue: '',
    });
    const uid = this.addParam('experiment-uid', { description: 'Uid of the Experiment', defaultValue: '' });
    const deadline = this.addParam('deadline', {
      description: 'How long the experiment may take, in seconds',
      defaultValue: '1800',
    });
    const interval = this.addParam('interval', {
      description: 'Time between two assessments, in seconds',
      defaultValue: '30',
    });
    const approval = this.addParam('approval-deadline', {
      description: 'How long to wait for a person to roll a candidate that met the criteria forward, in seconds',
      defaultValue: '0',
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
    const weights = this.addResult('weights', {
      description: 'What share of the traffic each version has, as NAME=PERCENT with commas between',
    });
    const image = this.addResult('image', { description: "The candidate's image" });
    const report = this.addResult('report', { description: 'All of it as a short text' });
    this.addStep('wait', {
      image: images.tools,
      script: script('wait.sh'),
      args: [tasks.ref],
      env: {
        ...WRITABLE,
        ...iter8Environment(this.api),
        ...this._target,
        EXPERIMENT: experiment.ref,
        EXPERIMENT_UID: uid.ref,
        MODE: mode.ref,
        DEADLINE_SECONDS: deadline.ref,
        INTERVAL_SECONDS: interval.ref,
        APPROVAL_SECONDS: approval.ref,
        FAIL_ON: failOn.ref,
        STOP_FOLDER: stop.path,
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

  /** Uses this Task in a Pipeline, to wait for the verdict. */
  public addTo(pipeline: Pipeline, inputs: WaitInputs): WaitPipelineTask {
    return new WaitPipelineTask(pipeline, this, inputs);
  }

  /** Uses this Task under `finally` of a Pipeline. */
  public addFinallyTo(pipeline: Pipeline, inputs: FinishInputs): WaitPipelineTask {
    return new WaitPipelineTask(pipeline, this, inputs, true);
  }
}
