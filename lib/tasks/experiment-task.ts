import { Duration } from 'cdk8s';
import type { Construct } from 'constructs';
import { type ApiCall, shared } from '../access/api-call';
import type { ExperimentOptions } from '../iter8/experiment-options';
import type { Pipeline } from '../tekton/pipeline';
import { PipelineTask } from '../tekton/pipeline-task';
import type { ITask } from '../tekton/task';
import { Volume } from '../tekton/volume';
import { Cleanup } from './cleanup';
import { Concurrency } from './concurrency';
import { experimentFinish } from './experiment-finish';
import { ExperimentTemplate } from './experiment-template';
import { Images } from './images';
import { Iter8Task, type Iter8TaskProps, requireSameApi } from './iter8-task';
import { requireParams } from './param-rules';
import { type PipelineTaskInputs, useProps, wholeSeconds } from './pipeline-task-inputs';
import { Rollout } from './rollout';
import { CREDENTIALS, iter8Environment, script, WRITABLE } from './script';

/** What a use of the ExperimentTask is given. Strings may be variables. */
export interface ExperimentInputs extends PipelineTaskInputs {
  /** Name of the Service under test. */
  readonly service: string;
  /** Its namespace. */
  readonly namespace: string;
  /** The commit that was built; the candidate is named after its first seven characters. */
  readonly commit: string;
  /** What the experiment is about. Its version of iter8's API is the Task's. */
  readonly options: ExperimentOptions;
  /**
   * Path of a file in the repository with the Experiment, in place of `options` but for `api`. Its name is what names of
   * experiments begin with, and the versions are filled in. It must not have iter8's own `cleanup`.
   * @default - none
   */
  readonly experimentTemplate?: string;
  /**
   * URL of the Git repository. Only with `experimentTemplate`.
   * @default - none
   */
  readonly repository?: string;
  /**
   * Name of the Deployment in the repository's manifests. Versions are named after it.
   * @default - the Service's name
   */
  readonly deployment?: string;
  /**
   * Name of the Deployment that is live.
   * @default - the one that the routing, or without any the Service's selector, leads to
   */
  readonly baseline?: string;
  /**
   * What happens while another run has the service.
   * @default Concurrency.QUEUE
   */
  readonly concurrency?: Concurrency;
  /**
   * How long to wait for other runs and experiments of the service.
   * @default Duration.hours(1)
   */
  readonly queueDeadline?: Duration;
  /**
   * What happens in the end to the version that lost.
   * @default Cleanup.DELETE
   */
  readonly cleanup?: Cleanup;
  /**
   * How the candidate gets the traffic: one of `Rollout`.
   * @default Rollout.CANARY
   */
  readonly rollout?: string;
}

/** The ExperimentTask in use in a Pipeline. The same Pipeline needs a WaitTask under `finally`. */
export class ExperimentPipelineTask extends PipelineTask {
  /** @internal */
  public readonly _template: ExperimentTemplate;
  /** How many seconds it takes at most. @internal */
  public readonly _seconds: number;
  /** The same of the deployment of its candidate. @internal */
  public _deploySeconds = 900;
  private readonly deployments: PipelineTask[] = [];
  private readonly watchers: PipelineTask[] = [];

  /** Uses the ExperimentTask, or a Task with the same params and results. */
  public constructor(pipeline: Pipeline, task: ITask, inputs: ExperimentInputs) {
    const name = inputs.name ?? 'experiment';
    const path = `${pipeline.node.path}/${name}`;
    const api = requireSameApi(path, pipeline, task, inputs.options.api);
    const template = new ExperimentTemplate(path, api, inputs.options, inputs.experimentTemplate);
    const queue = wholeSeconds(path, 'queueDeadline', inputs.queueDeadline ?? Duration.hours(1));
    // It may wait for other runs, and then for iter8, for the baseline's pods and for the API server.
    const seconds = queue + 900;
    super(pipeline, name, task, {
      params: requireParams(path, 'experiment', {
        service: inputs.service,
        namespace: inputs.namespace,
        run: '$(context.pipelineRun.uid)',
        'pipeline-run': '$(context.pipelineRun.namespace)/$(context.pipelineRun.name)',
        commit: inputs.commit,
        template: template.json,
        'template-path': inputs.experimentTemplate ?? '',
        repository: inputs.experimentTemplate === undefined ? '' : (inputs.repository ?? ''),
        deployment: inputs.deployment ?? inputs.service,
        baseline: inputs.baseline ?? '',
        concurrency: inputs.concurrency ?? Concurrency.QUEUE,
        'queue-deadline': queue,
        cleanup: inputs.cleanup ?? Cleanup.DELETE,
        ...(inputs.rollout !== undefined && { rollout: inputs.rollout }),
      }),
      ...useProps(path, inputs, seconds),
    });
    this._template = template;
    this._seconds = seconds;
    experimentFinish(pipeline, path, inputs.service, inputs.namespace);
  }

  /** Has what looks at the candidate wait until it is deployed, whichever of them is added first. @internal */
  public _deployedBy(task: PipelineTask, seconds: number): void {
    this._deploySeconds = seconds;
    this.deployments.push(task);
    for (const watcher of this.watchers) {
      watcher.addRunAfter(task);
    }
  }

  /** The other way round. @internal */
  public _watchedBy(task: PipelineTask): void {
    this.watchers.push(task);
    task.addRunAfter(...this.deployments);
  }

  /** Name of the Experiment; empty when there is nothing to compare. */
  public get experiment(): string {
    return this.result('experiment');
  }

  /** Uid of the Experiment; empty when there is nothing to compare. */
  public get experimentUid(): string {
    return this.result('experiment-uid');
  }

  /** Name of the Deployment that is live; empty when there is none yet. */
  public get baseline(): string {
    return this.result('baseline');
  }

  /** Name of the Deployment to make. The baseline's when this commit is live already. */
  public get candidate(): string {
    return this.result('candidate');
  }
}

/** The experiment of a Pipeline one of whose results is bound, if it is. @internal */
export function experimentWith(pipeline: Pipeline, result: string, bound: string): ExperimentPipelineTask | undefined {
  return pipeline.tasks
    .filter((task) => task instanceof ExperimentPipelineTask)
    .find((task) => task.result(result) === bound);
}

const WORK = '/work';

/**
 * Takes the service for the run, finds the version that is live, and creates the experiment between it and the
 * candidate, which does not exist yet.
 *
 * Results: `experiment`, `experiment-uid`, `baseline` and `candidate`.
 */
export class ExperimentTask extends Iter8Task {
  /** The calls that it makes in the service's namespace: it removes as well what a run before it has left behind. */
  public static readonly API_CALLS: ApiCall[] = shared([
    { group: '', resources: ['services', 'configmaps'], verbs: ['list', 'delete'] },
    { group: '', resources: ['pods'], verbs: ['list'] },
    { group: 'apps', resources: ['deployments'], verbs: ['get', 'list', 'patch', 'delete'] },
    { group: 'iter8.tools', resources: ['experiments'], verbs: ['get', 'create', 'patch', 'delete'] },
    {
      group: 'networking.istio.io',
      resources: ['virtualservices', 'destinationrules'],
      verbs: ['get', 'list', 'create', 'patch'],
    },
    { group: 'coordination.k8s.io', resources: ['leases'], verbs: ['get', 'create', 'patch'] },
  ]);
  /**
   * The calls that it makes in its own namespace: it looks whether the run that has the service still runs. Without them it
   * goes by the time in the service's Lease.
   */
  public static readonly OWN_API_CALLS: ApiCall[] = shared([
    { group: 'tekton.dev', resources: ['pipelineruns'], verbs: ['get'] },
  ]);

  public constructor(scope: Construct, id: string, props: Iter8TaskProps = {}) {
    super(scope, id, props, 'Finds the live version of a service and creates the iter8 Experiment for a candidate.');
    const { images = Images.of() } = props;
    const pipelineRun = this.addParam('pipeline-run', {
      description: 'Namespace and name of the PipelineRun, by which others see whether it still runs',
      defaultValue: '',
    });
    const commit = this.addParam('commit', { description: 'The commit that was built' });
    const template = this.addParam('template', {
      description: 'The Experiment as JSON, without the versions; or what is added to the one in the repository',
    });
    const templatePath = this.addParam('template-path', {
      description: 'File of the repository with the Experiment; may be empty',
      defaultValue: '',
    });
    const repository = this.addParam('repository', {
      description: 'URL of the Git repository with that file',
      defaultValue: '',
    });
    const deployment = this.addParam('deployment', {
      description: "Name of the Deployment in the repository's manifests",
    });
    const baseline = this.addParam('baseline', {
      description: 'Name of the Deployment that is live; looked up where empty',
      defaultValue: '',
    });
    const concurrency = this.addParam('concurrency', {
      description: 'What happens while another run has the service: queue, cancelOlder or rejectNewer',
      defaultValue: Concurrency.QUEUE,
    });
    const deadline = this.addParam('queue-deadline', {
      description: 'How long to wait for other runs, in seconds',
      defaultValue: '3600',
    });
    const cleanup = this.addParam('cleanup', {
      description: 'What happens in the end to the version that lost: delete, keep or scaleToZero',
      defaultValue: Cleanup.DELETE,
    });
    const rollout = this.addParam('rollout', {
      description: 'How the candidate gets the traffic: canary or at-once',
      defaultValue: Rollout.CANARY,
    });
    const experiment = this.addResult('experiment', { description: 'Name of the Experiment; empty without one' });
    const uid = this.addResult('experiment-uid', { description: 'Uid of the Experiment' });
    const live = this.addResult('baseline', { description: 'Name of the Deployment that is live; empty without one' });
    const candidate = this.addResult('candidate', { description: 'Name of the Deployment to make' });
    this.addVolume(Volume.emptyDir('work'));
    const common = { volumeMounts: [{ name: 'work', mountPath: WORK }], securityContext: this._restricted };
    const source = { ...WRITABLE, WORK, COMMIT: commit.ref, TEMPLATE_PATH: templatePath.ref };
    this.addStep('fetch', {
      ...common,
      image: images.git,
      script: script('fetch-template.sh'),
      env: { ...source, ...CREDENTIALS, REPOSITORY: repository.ref },
    });
    this.addStep('create-experiment', {
      ...common,
      image: images.tools,
      script: script('create-experiment.sh'),
      env: {
        ...source,
        ...iter8Environment(this.api),
        ...this._target,
        ITER8_TEMPLATE: this.api._dialect.template,
        ITER8_WINS_WITHOUT_CRITERIA: String(this.api._dialect.winsWithoutCriteria),
        PIPELINE_RUN: pipelineRun.ref,
        TEMPLATE: template.ref,
        DEPLOYMENT: deployment.ref,
        BASELINE: baseline.ref,
        CONCURRENCY: concurrency.ref,
        QUEUE_SECONDS: deadline.ref,
        CLEANUP: cleanup.ref,
        ROLLOUT: rollout.ref,
        RESULT_EXPERIMENT: experiment.path,
        RESULT_EXPERIMENT_UID: uid.path,
        RESULT_BASELINE: live.path,
        RESULT_CANDIDATE: candidate.path,
      },
    });
  }

  /** Uses this Task in a Pipeline. */
  public addTo(pipeline: Pipeline, inputs: ExperimentInputs): ExperimentPipelineTask {
    return new ExperimentPipelineTask(pipeline, this, inputs);
  }
}
