import { Duration } from 'cdk8s';
import type { Construct } from 'constructs';
import type { ApiCall } from '../access/api-call';
import type { ExperimentOptions } from '../iter8/experiment-options';
import { Iter8Api } from '../iter8/iter8-api';
import type { Pipeline } from '../tekton/pipeline';
import { PipelineTask } from '../tekton/pipeline-task';
import { type ITask, Task } from '../tekton/task';
import { Concurrency } from './concurrency';
import { experimentTemplate } from './experiment-template';
import { Images } from './images';
import type { PipelineTaskInputs } from './pipeline-task-inputs';
import { iter8Environment, OUTSIDE_MESH, RESTRICTED, script, WRITABLE } from './script';

/** What the tasks that look at experiments are made with. */
export interface Iter8TaskProps {
  /**
   * Version of iter8's API.
   * @default Iter8Api.V1ALPHA2
   */
  readonly api?: Iter8Api;
  /**
   * The images that the steps run.
   * @default Images.of()
   */
  readonly images?: Images;
  /**
   * Name of the Task.
   * @default - the construct's id
   */
  readonly name?: string;
}

/** What a use of the ExperimentTask is given. Strings may be variables. */
export interface ExperimentInputs extends PipelineTaskInputs {
  /** Name of the Service under test. */
  readonly service: string;
  /** Its namespace. */
  readonly namespace: string;
  /** The commit that was built; the candidate is named after its first seven characters. */
  readonly commit: string;
  /** What the experiment is about. */
  readonly options: ExperimentOptions;
  /**
   * Version of iter8's API that the Task is made for.
   * @default Iter8Api.V1ALPHA2
   */
  readonly api?: Iter8Api;
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
}

/** The ExperimentTask in use in a Pipeline. */
export class ExperimentPipelineTask extends PipelineTask {
  /** Uses the ExperimentTask, or a Task with the same params and results. */
  public constructor(pipeline: Pipeline, task: ITask, inputs: ExperimentInputs) {
    const name = inputs.name ?? 'experiment';
    const queueDeadline = inputs.queueDeadline ?? Duration.hours(1);
    super(pipeline, name, task, {
      params: {
        service: inputs.service,
        namespace: inputs.namespace,
        run: '$(context.pipelineRun.uid)',
        'pipeline-run': '$(context.pipelineRun.namespace)/$(context.pipelineRun.name)',
        commit: inputs.commit,
        template: experimentTemplate(`${pipeline.node.path}/${name}`, inputs.api ?? Iter8Api.V1ALPHA2, inputs.options),
        deployment: inputs.deployment ?? inputs.service,
        baseline: inputs.baseline ?? '',
        concurrency: inputs.concurrency ?? Concurrency.QUEUE,
        'queue-deadline': Math.ceil(queueDeadline.toSeconds({ integral: false })),
      },
      runAfter: inputs.runAfter,
      // It may wait for other runs, and then for iter8, for the baseline's pods and for the API server.
      timeout: inputs.timeout ?? Duration.seconds(Math.ceil(queueDeadline.toSeconds({ integral: false })) + 900),
      serviceAccountName: inputs.serviceAccountName,
    });
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

/**
 * Takes the service for the run, finds the version that is live, and creates the experiment between it and the
 * candidate, which does not exist yet.
 *
 * Results: `experiment`, `experiment-uid`, `baseline` and `candidate`.
 */
export class ExperimentTask extends Task {
  /** The calls that it makes in the service's namespace. */
  public static readonly API_CALLS: ApiCall[] = [
    { group: '', resources: ['services', 'pods'], verbs: ['list'] },
    { group: 'apps', resources: ['deployments'], verbs: ['get', 'list', 'patch', 'delete'] },
    { group: 'iter8.tools', resources: ['experiments'], verbs: ['get', 'create', 'patch', 'delete'] },
    {
      group: 'networking.istio.io',
      resources: ['virtualservices', 'destinationrules'],
      verbs: ['get', 'list', 'create', 'patch'],
    },
    { group: 'coordination.k8s.io', resources: ['leases'], verbs: ['get', 'create', 'patch'] },
  ];

  public constructor(scope: Construct, id: string, props: Iter8TaskProps = {}) {
    super(scope, id, {
      description: 'Finds the live version of a service and creates the iter8 Experiment for a candidate.',
      metadata: { name: props.name ?? id, labels: OUTSIDE_MESH },
    });
    const { api = Iter8Api.V1ALPHA2, images = Images.of() } = props;
    const service = this.addParam('service', { description: 'Name of the Service under test' });
    const namespace = this.addParam('namespace', { description: 'Its namespace' });
    const run = this.addParam('run', { description: 'Uid of the PipelineRun' });
    const pipelineRun = this.addParam('pipeline-run', {
      description: 'Namespace and name of the PipelineRun, by which others see whether it still runs',
      defaultValue: '',
    });
    const commit = this.addParam('commit', { description: 'The commit that was built' });
    const template = this.addParam('template', { description: 'The Experiment as JSON, without the versions' });
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
    const experiment = this.addResult('experiment', { description: 'Name of the Experiment; empty without one' });
    const uid = this.addResult('experiment-uid', { description: 'Uid of the Experiment' });
    const live = this.addResult('baseline', { description: 'Name of the Deployment that is live; empty without one' });
    const candidate = this.addResult('candidate', { description: 'Name of the Deployment to make' });
    this.addStep('create-experiment', {
      image: images.tools,
      script: script('create-experiment.sh'),
      env: {
        ...WRITABLE,
        ...iter8Environment(api),
        SERVICE: service.ref,
        NAMESPACE: namespace.ref,
        RUN: run.ref,
        PIPELINE_RUN: pipelineRun.ref,
        COMMIT: commit.ref,
        TEMPLATE: template.ref,
        DEPLOYMENT: deployment.ref,
        BASELINE: baseline.ref,
        CONCURRENCY: concurrency.ref,
        QUEUE_SECONDS: deadline.ref,
        RESULT_EXPERIMENT: experiment.path,
        RESULT_EXPERIMENT_UID: uid.path,
        RESULT_BASELINE: live.path,
        RESULT_CANDIDATE: candidate.path,
      },
      securityContext: RESTRICTED,
    });
  }

  /** Uses this Task in a Pipeline. */
  public addTo(pipeline: Pipeline, inputs: ExperimentInputs): ExperimentPipelineTask {
    return new ExperimentPipelineTask(pipeline, this, inputs);
  }
}
