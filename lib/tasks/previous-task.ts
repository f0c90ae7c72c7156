import type { Construct } from 'constructs';
import { type ApiCall, shared } from '../access/api-call';
import type { Pipeline } from '../tekton/pipeline';
import { PipelineTask } from '../tekton/pipeline-task';
import type { ITask } from '../tekton/task';
import { Images } from './images';
import { Iter8Task, type Iter8TaskProps, requireSameApi } from './iter8-task';
import { requireParams } from './param-rules';
import { type PipelineTaskInputs, useProps } from './pipeline-task-inputs';
import { iter8Environment, script, WRITABLE } from './script';

/** What a use of the PreviousTask is given. Strings may be variables. */
export interface PreviousInputs extends PipelineTaskInputs {
  /** Name of the Service. */
  readonly service: string;
  /** Its namespace. */
  readonly namespace: string;
  /**
   * Name of the Deployment that is live.
   * @default - the one that the routing, or without any the Service's selector, leads to
   */
  readonly baseline?: string;
}

/** The PreviousTask in use in a Pipeline. */
export class PreviousPipelineTask extends PipelineTask {
  /** Uses the PreviousTask, or a Task with the same params and results. */
  public constructor(pipeline: Pipeline, task: ITask, inputs: PreviousInputs) {
    const { service, namespace, baseline = '', name = 'previous' } = inputs;
    const path = `${pipeline.node.path}/${name}`;
    requireSameApi(path, pipeline, task);
    super(pipeline, name, task, {
      params: requireParams(path, 'previous', { service, namespace, run: '$(context.pipelineRun.uid)', baseline }),
      ...useProps(path, inputs, 600),
      retries: 1,
    });
  }

  /** Name of the Deployment that is live. */
  public get live(): string {
    return this.result('live');
  }

  /** The whole id of the commit that was live before it. */
  public get commit(): string {
    return this.result('commit');
  }

  /** The image that was live before it, by its digest. */
  public get image(): string {
    return this.result('image');
  }
}

/**
 * Finds the version of a service that is live, and the one that was live before it, by what the DeployTask has noted on the
 * Deployment: the annotations `cdk8s-iter8/previous-commit` and `cdk8s-iter8/previous-image`. Fails when nothing is noted
 * there, because one of the two was not deployed by a DeployTask, and when an experiment is in progress. Changes nothing.
 *
 * Results: `live`, `commit` and `image`.
 */
export class PreviousTask extends Iter8Task {
  /** The calls that it makes in the service's namespace. */
  public static readonly API_CALLS: ApiCall[] = shared([
    { group: '', resources: ['services', 'pods'], verbs: ['list'] },
    { group: 'apps', resources: ['deployments'], verbs: ['get', 'list'] },
    { group: 'iter8.tools', resources: ['experiments'], verbs: ['get'] },
    { group: 'networking.istio.io', resources: ['virtualservices', 'destinationrules'], verbs: ['list'] },
  ]);

  public constructor(scope: Construct, id: string, props: Iter8TaskProps = {}) {
    super(scope, id, props, 'Finds the live version of a service and the one that was live before it.');
    const { images = Images.of() } = props;
    const baseline = this.addParam('baseline', {
      description: 'Name of the Deployment that is live; looked up where empty',
      defaultValue: '',
    });
    const live = this.addResult('live', { description: 'Name of the Deployment that is live' });
    const commit = this.addResult('commit', { description: 'The commit that was live before it' });
    const image = this.addResult('image', { description: 'The image that was live before it, by its digest' });
    this.addStep('previous', {
      image: images.tools,
      script: script('previous.sh'),
      env: {
        ...WRITABLE,
        ...iter8Environment(this.api),
        ...this._target,
        BASELINE: baseline.ref,
        RESULT_LIVE: live.path,
        RESULT_COMMIT: commit.path,
        RESULT_IMAGE: image.path,
      },
      securityContext: this._restricted,
    });
  }

  /** Uses this Task in a Pipeline. */
  public addTo(pipeline: Pipeline, inputs: PreviousInputs): PreviousPipelineTask {
    return new PreviousPipelineTask(pipeline, this, inputs);
  }
}
