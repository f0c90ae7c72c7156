import { Duration } from 'cdk8s';
import type { Construct } from 'constructs';
import type { ApiCall } from '../access/api-call';
import { Iter8Api } from '../iter8/iter8-api';
import type { Pipeline } from '../tekton/pipeline';
import { PipelineTask } from '../tekton/pipeline-task';
import { type ITask, Task } from '../tekton/task';
import { Volume } from '../tekton/volume';
import type { Iter8TaskProps } from './experiment-task';
import { Images } from './images';
import type { PipelineTaskInputs } from './pipeline-task-inputs';
import { iter8Environment, OUTSIDE_MESH, RESTRICTED, script, WRITABLE } from './script';

/** What a use of the DeployTask is given. Strings may be variables. */
export interface DeployInputs extends PipelineTaskInputs {
  /** Name of the Service under test. */
  readonly service: string;
  /** Its namespace. */
  readonly namespace: string;
  /** URL of the Git repository with the manifests. */
  readonly repository: string;
  /** The whole id of the commit that was built. */
  readonly commit: string;
  /** The image by its digest. */
  readonly image: string;
  /** Name of the Deployment to make. */
  readonly candidate: string;
  /** Name of the Deployment that is live; empty when there is none yet. */
  readonly baseline: string;
  /**
   * Name of the Deployment in the repository's manifests.
   * @default - the Service's name
   */
  readonly deployment?: string;
  /**
   * Folder of the repository with a kustomization. It has exactly one Deployment; what else is in it is applied too.
   * @default kustomize
   */
  readonly manifests?: string;
  /**
   * Container of the Deployment that runs the image.
   * @default - the only one
   */
  readonly container?: string;
  /**
   * How long the candidate may take to become ready.
   * @default Duration.minutes(5)
   */
  readonly readyDeadline?: Duration;
}

/** The DeployTask in use in a Pipeline. */
export class DeployPipelineTask extends PipelineTask {
  /** Uses the DeployTask, or a Task with the same params and results. */
  public constructor(pipeline: Pipeline, task: ITask, inputs: DeployInputs) {
    const ready = Math.ceil((inputs.readyDeadline ?? Duration.minutes(5)).toSeconds({ integral: false }));
    super(pipeline, inputs.name ?? 'deploy', task, {
      params: {
        service: inputs.service,
        namespace: inputs.namespace,
        run: '$(context.pipelineRun.uid)',
        repository: inputs.repository,
        commit: inputs.commit,
        image: inputs.image,
        candidate: inputs.candidate,
        baseline: inputs.baseline,
        deployment: inputs.deployment ?? inputs.service,
        path: inputs.manifests ?? 'kustomize',
        container: inputs.container ?? '',
        'ready-deadline': ready,
      },
      runAfter: inputs.runAfter,
      timeout: inputs.timeout ?? Duration.seconds(ready + 600),
      serviceAccountName: inputs.serviceAccountName,
    });
  }

  /** Name of the Deployment that was made; empty when there was nothing to deploy. */
  public get deployment(): string {
    return this.result('deployment');
  }
}

const WORK = '/work';

/**
 * Deploys the candidate beside the live version: its own Deployment, from the repository's manifests, with the image by
 * digest and a label `version` of its own. Waits until it is ready.
 *
 * Result: `deployment`.
 */
export class DeployTask extends Task {
  /** The calls that it makes in the service's namespace. For manifests of other kinds, add those. */
  public static readonly API_CALLS: ApiCall[] = [
    { group: '', resources: ['services'], verbs: ['get', 'list', 'create', 'patch'] },
    { group: '', resources: ['configmaps'], verbs: ['get', 'create', 'patch'] },
    { group: '', resources: ['pods'], verbs: ['list'] },
    { group: 'apps', resources: ['deployments'], verbs: ['get', 'list', 'create', 'patch'] },
    { group: 'networking.istio.io', resources: ['virtualservices', 'destinationrules'], verbs: ['list'] },
    { group: 'coordination.k8s.io', resources: ['leases'], verbs: ['get', 'create', 'patch'] },
  ];

  public constructor(scope: Construct, id: string, props: Iter8TaskProps = {}) {
    super(scope, id, {
      description: 'Deploys the candidate of a service beside its live version and waits until it is ready.',
      metadata: { name: props.name ?? id, labels: OUTSIDE_MESH },
    });
    const { api = Iter8Api.V1ALPHA2, images = Images.of() } = props;
    const service = this.addParam('service', { description: 'Name of the Service under test' });
    const namespace = this.addParam('namespace', { description: 'Its namespace' });
    const run = this.addParam('run', { description: 'Uid of the PipelineRun' });
    const repository = this.addParam('repository', { description: 'URL of the Git repository with the manifests' });
    const commit = this.addParam('commit', { description: 'The commit that was built' });
    const image = this.addParam('image', { description: 'The image by its digest' });
    const candidate = this.addParam('candidate', { description: 'Name of the Deployment to make' });
    const baseline = this.addParam('baseline', { description: 'Name of the Deployment that is live; may be empty' });
    const deployment = this.addParam('deployment', { description: 'Name of the Deployment in the manifests' });
    const path = this.addParam('path', { description: 'Folder with a kustomization', defaultValue: 'kustomize' });
    const container = this.addParam('container', {
      description: 'Container that runs the image; the only one where empty',
      defaultValue: '',
    });
    const ready = this.addParam('ready-deadline', {
      description: 'How long the candidate may take to become ready, in seconds',
      defaultValue: '300',
    });
    const made = this.addResult('deployment', { description: 'Name of the Deployment that was made' });

    this.addVolume(Volume.emptyDir('work'));
    const common = {
      image: images.tools,
      volumeMounts: [{ name: 'work', mountPath: WORK }],
      securityContext: RESTRICTED,
    };
    const versions = {
      ...WRITABLE,
      WORK,
      SERVICE: service.ref,
      NAMESPACE: namespace.ref,
      RUN: run.ref,
      CANDIDATE: candidate.ref,
      BASELINE: baseline.ref,
      IMAGE: image.ref,
    };
    this.addStep('modify-patch', {
      ...common,
      script: script('modify-patch.sh'),
      env: {
        ...versions,
        REPOSITORY: repository.ref,
        COMMIT: commit.ref,
        MANIFESTS: path.ref,
        DEPLOYMENT: deployment.ref,
        CONTAINER: container.ref,
        RESULT_DEPLOYMENT: made.path,
      },
    });
    this.addStep('kustomize', { ...common, script: script('kustomize.sh'), env: { ...WRITABLE, WORK } });
    this.addStep('log-deployment', { ...common, script: script('log-deployment.sh'), env: { ...WRITABLE, WORK } });
    this.addStep('apply', {
      ...common,
      script: script('apply.sh'),
      env: { ...versions, ...iter8Environment(api), READY_SECONDS: ready.ref },
    });
  }

  /** Uses this Task in a Pipeline. */
  public addTo(pipeline: Pipeline, inputs: DeployInputs): DeployPipelineTask {
    return new DeployPipelineTask(pipeline, this, inputs);
  }
}
