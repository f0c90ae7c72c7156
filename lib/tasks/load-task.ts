import type { Duration } from 'cdk8s';
import type { Construct } from 'constructs';
import { type ApiCall, shared } from '../access/api-call';
import { refuse, requireNumber } from '../rules/values';
import type { Pipeline } from '../tekton/pipeline';
import { PipelineTask } from '../tekton/pipeline-task';
import type { ITask } from '../tekton/task';
import type { PipelineWorkspace } from '../tekton/workspace';
import { experimentWith } from './experiment-task';
import { Images } from './images';
import { Iter8Task, type Iter8TaskProps, requireSameApi } from './iter8-task';
import type { LoadProfile } from './load-profile';
import { LoadStart } from './load-start';
import { decimal, requireParams } from './param-rules';
import { experimentSeconds, type PipelineTaskInputs, useProps } from './pipeline-task-inputs';
import { INSIDE_MESH, iter8Environment, OUTSIDE_MESH, script, WRITABLE } from './script';

/** What the LoadTask is made with. */
export interface LoadTaskProps extends Iter8TaskProps {
  /**
   * Whether its pods get Istio's sidecar, for load from inside the mesh.
   * @default false
   */
  readonly mesh?: boolean;
}

/** What a use of the LoadTask is given. Strings may be variables. */
export interface LoadInputs extends PipelineTaskInputs {
  /** Name of the Service under test. */
  readonly service: string;
  /** Its namespace. */
  readonly namespace: string;
  /** Which requests to send. */
  readonly load: LoadProfile;
  /** Name of the Experiment; without one there is nothing to do. It is found by the run with `LoadStart.AFTER_BUILD`. */
  readonly experiment: string;
  /** Uid of the Experiment. */
  readonly experimentUid: string;
  /**
   * When to begin. With `LoadStart.AFTER_BUILD`, say in `runAfter` what comes before.
   * @default LoadStart.AFTER_DEPLOY
   */
  readonly start?: LoadStart;
  /**
   * How long requests are sent at most, from when the candidate is ready; a start before that adds how long the
   * deployment may take.
   * @default - as long as the experiment may take; 30 minutes where it is not one of this Pipeline
   */
  readonly deadline?: Duration;
  /**
   * Which share of the requests may fail, from 0 to 1, before the task fails.
   * @default - the task does not fail because of failed requests
   */
  readonly maxErrorRate?: number;
  /**
   * Workspace in which a file with the run's uid as its name ends the load.
   * @default - none
   */
  readonly stop?: PipelineWorkspace;
}

/** The LoadTask in use in a Pipeline. It runs after the DeployTask of its experiment, if it is not to start before. */
export class LoadPipelineTask extends PipelineTask {
  /** Uses the LoadTask, or a Task with the same params and results. */
  public constructor(pipeline: Pipeline, task: ITask, inputs: LoadInputs) {
    const name = inputs.name ?? 'load';
    const path = `${pipeline.node.path}/${name}`;
    const { service, namespace, load, maxErrorRate: limit, start = LoadStart.AFTER_DEPLOY } = inputs;
    const experiment = experimentWith(pipeline, 'experiment', inputs.experiment);
    const template = experiment?._template;
    const deploySeconds = start === LoadStart.AFTER_DEPLOY ? 0 : (experiment?._deploySeconds ?? 900);
    const deadline = experimentSeconds(path, inputs.deadline, template?.deadline) + deploySeconds;
    // It can't be bound before there is one.
    const bound = start !== LoadStart.AFTER_BUILD;
    const experimentDeadline = bound ? 0 : (experiment?._seconds ?? 4500);
    requireSameApi(path, pipeline, task);
    requireSidecar(path, task, load);
    super(pipeline, name, task, {
      params: requireParams(path, 'load', {
        service,
        namespace,
        run: '$(context.pipelineRun.uid)',
        'pipeline-run': '$(context.pipelineRun.namespace)/$(context.pipelineRun.name)',
        experiment: bound ? inputs.experiment : '',
        'experiment-uid': bound ? inputs.experimentUid : '',
        'experiment-deadline': experimentDeadline,
        deadline,
        'max-error-rate': limit === undefined ? '' : errorRate(path, limit),
        ...load._params(path, { service, namespace, port: template?.port }),
      }),
      workspaces: inputs.stop && { stop: inputs.stop },
      ...useProps(path, inputs, experimentDeadline + deadline + 300),
    });
    if (start === LoadStart.AFTER_DEPLOY) {
      experiment?._watchedBy(this);
    }
  }

  /** How many requests were sent. */
  public get requests(): string {
    return this.result('requests');
  }

  /** How many of them failed. */
  public get errors(): string {
    return this.result('errors');
  }

  /** How many milliseconds 99 % of them took at most. */
  public get p99Millis(): string {
    return this.result('p99-millis');
  }
}

function errorRate(path: string, limit: number): string {
  return decimal(path, 'maxErrorRate', requireNumber(path, 'maxErrorRate', limit, 0, 1), 9);
}

/** Requests from outside the mesh straight to the service would go past the routing, and the experiment see nothing. */
function requireSidecar(path: string, task: ITask, load: LoadProfile): void {
  if (task instanceof LoadTask && task.mesh !== load._mesh) {
    refuse(
      path,
      'mesh of the load',
      load._mesh,
      `${task.mesh}, as the Task ${task.name} is made, whose pods ${task.mesh ? 'get' : 'do not get'} Istio's sidecar`,
      `use a LoadTask that is made with mesh: ${load._mesh}`,
    );
  }
}

/**
 * Sends requests while an experiment runs. It always ends: when the experiment has ended or is gone, when nothing more is
 * to come of the run, when a stop file is there, or at the deadline.
 *
 * Results: `requests`, `errors`, `p50-millis`, `p90-millis` and `p99-millis`.
 */
export class LoadTask extends Iter8Task {
  /** The calls that it makes in the service's namespace. */
  public static readonly API_CALLS: ApiCall[] = shared([
    { group: 'iter8.tools', resources: ['experiments'], verbs: ['get', 'list'] },
    { group: 'coordination.k8s.io', resources: ['leases'], verbs: ['get'] },
  ]);
  /**
   * The calls that it makes in its own namespace: it looks whether its run still goes on. Without them it may send requests
   * until its deadline after another task has failed.
   */
  public static readonly OWN_API_CALLS: ApiCall[] = shared([
    { group: 'tekton.dev', resources: ['pipelineruns'], verbs: ['get'] },
  ]);

  /** Whether its pods get Istio's sidecar. */
  public readonly mesh: boolean;

  public constructor(scope: Construct, id: string, props: LoadTaskProps = {}) {
    const description = 'Sends requests at a constant rate while an experiment runs.';
    super(scope, id, props, description, props.mesh ? INSIDE_MESH : OUTSIDE_MESH);
    this.mesh = props.mesh ?? false;
    const { images = Images.of() } = props;
    const pipelineRun = this.addParam('pipeline-run', {
      description: 'Namespace and name of the PipelineRun, to see whether it still goes on',
      defaultValue: '',
    });
    const experiment = this.addParam('experiment', { description: 'Name of the Experiment; may be empty' });
    const uid = this.addParam('experiment-uid', { description: 'Uid of the Experiment', defaultValue: '' });
    const url = this.addParam('url', { description: 'Where to send requests' });
    const host = this.addParam('host', { description: 'Host header; may be empty', defaultValue: '' });
    const perSecond = this.addParam('per-second', { description: 'Requests per second' });
    const connections = this.addParam('connections', { description: 'How many connections', defaultValue: '4' });
    const mesh = this.addParam('mesh', { description: 'Whether the pod is inside the mesh', defaultValue: 'false' });
    const deadline = this.addParam('deadline', {
      description: 'How long requests are sent at most, in seconds',
      defaultValue: '1800',
    });
    const experimentDeadline = this.addParam('experiment-deadline', {
      description: "How long to send requests until the run's Experiment is there, in seconds; 0 where it is named",
      defaultValue: '0',
    });
    const limit = this.addParam('max-error-rate', {
      description: 'Which share of the requests may fail, from 0 to 1, before the task fails; any where empty',
      defaultValue: '',
    });
    const stop = this.addWorkspace('stop', {
      description: "A file with the run's uid as its name ends the load",
      optional: true,
    });
    const requests = this.addResult('requests', { description: 'How many requests were sent' });
    const errors = this.addResult('errors', { description: 'How many of them failed' });
    const percentiles = [50, 90, 99].map((percent): [number, string] => {
      const description = `How many milliseconds ${percent} % of them took at most`;
      return [percent, this.addResult(`p${percent}-millis`, { description }).path];
    });
    this.addSidecar('fortio', {
      image: images.fortio,
      command: ['/usr/bin/fortio'],
      args: [
        'server',
        '-http-port=127.0.0.1:8080',
        '-grpc-port=disabled',
        '-redirect-port=disabled',
        '-tcp-port=disabled',
        '-udp-port=disabled',
      ],
      securityContext: this._restricted,
    });
    this.addStep('generate-load', {
      image: images.tools,
      script: script('generate-load.sh'),
      env: {
        ...WRITABLE,
        ...iter8Environment(this.api),
        ...this._target,
        PIPELINE_RUN: pipelineRun.ref,
        EXPERIMENT: experiment.ref,
        EXPERIMENT_UID: uid.ref,
        URL: url.ref,
        HOST: host.ref,
        PER_SECOND: perSecond.ref,
        CONNECTIONS: connections.ref,
        MESH: mesh.ref,
        DEADLINE_SECONDS: deadline.ref,
        EXPERIMENT_SECONDS: experimentDeadline.ref,
        MAX_ERROR_RATE: limit.ref,
        STOP_FOLDER: stop.path,
        RESULT_REQUESTS: requests.path,
        RESULT_ERRORS: errors.path,
        ...Object.fromEntries(percentiles.map(([percent, path]) => [`RESULT_P${percent}_MILLIS`, path])),
      },
      securityContext: this._restricted,
    });
  }

  /** Uses this Task in a Pipeline. */
  public addTo(pipeline: Pipeline, inputs: LoadInputs): LoadPipelineTask {
    return new LoadPipelineTask(pipeline, this, inputs);
  }
}
