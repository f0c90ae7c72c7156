import { Duration } from 'cdk8s';
import type { Construct } from 'constructs';
import { type ApiCall, shared } from '../access/api-call';
import { refuse } from '../rules/values';
import type { Pipeline } from '../tekton/pipeline';
import { PipelineTask } from '../tekton/pipeline-task';
import type { ITask } from '../tekton/task';
import { Volume } from '../tekton/volume';
import { experimentWith } from './experiment-task';
import { Images } from './images';
import { Iter8Task, type Iter8TaskProps, requireSameApi } from './iter8-task';
import { Manifests } from './manifests';
import { requireParams } from './param-rules';
import { type PipelineTaskInputs, useProps, wholeSeconds } from './pipeline-task-inputs';
import { CREDENTIALS, iter8Environment, script, WRITABLE } from './script';

/** What is deployed of a repository. */
export interface DeployOptions {
  /**
   * Name of the Deployment in the repository's manifests that runs the image. Versions are named after it, with the commit.
   * Where the manifests have none of this name, it is the one whose pods the Service selects.
   * @default - the Service's name
   */
  readonly deployment?: string;
  /**
   * Where the repository has the manifests. What they have besides the candidate is created where it is not there yet, and
   * removed again when the candidate loses; what is there already stays, and must not differ.
   * @default Manifests.kustomize('kustomize')
   */
  readonly manifests?: Manifests;
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

/** What a use of the DeployTask is given. Strings may be variables. */
export interface DeployInputs extends PipelineTaskInputs, DeployOptions {
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
}

/** The DeployTask in use in a Pipeline. What looks at the experiment of its candidate runs after it. */
export class DeployPipelineTask extends PipelineTask {
  /** Uses the DeployTask, or a Task with the same params and results. */
  public constructor(pipeline: Pipeline, task: ITask, inputs: DeployInputs) {
    const name = inputs.name ?? 'deploy';
    const path = `${pipeline.node.path}/${name}`;
    const ready = wholeSeconds(path, 'readyDeadline', inputs.readyDeadline ?? Duration.minutes(5));
    const manifests = inputs.manifests ?? Manifests.kustomize('kustomize');
    if (!(manifests instanceof Manifests)) {
      refuse(path, 'manifests', manifests, 'one of Manifests', "give Manifests.kustomize('folder')");
    }
    requireSameApi(path, pipeline, task);
    const seconds = ready + 600;
    super(pipeline, name, task, {
      params: requireParams(path, 'deploy', {
        service: inputs.service,
        namespace: inputs.namespace,
        run: '$(context.pipelineRun.uid)',
        repository: inputs.repository,
        commit: inputs.commit,
        image: inputs.image,
        candidate: inputs.candidate,
        baseline: inputs.baseline,
        deployment: inputs.deployment ?? inputs.service,
        ...manifests._params,
        container: inputs.container ?? '',
        'ready-deadline': ready,
      }),
      ...useProps(path, inputs, seconds),
    });
    experimentWith(pipeline, 'candidate', inputs.candidate)?._deployedBy(this, seconds);
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
export class DeployTask extends Iter8Task {
  /**
   * The calls that it makes in the service's namespace. Manifests of other kinds need get, create and patch of these, and
   * ExperimentTask and WaitTask list and delete.
   */
  public static readonly API_CALLS: ApiCall[] = shared([
    { group: '', resources: ['services'], verbs: ['get', 'list', 'create', 'patch'] },
    { group: '', resources: ['configmaps'], verbs: ['get', 'create', 'patch'] },
    { group: '', resources: ['pods'], verbs: ['list'] },
    { group: 'apps', resources: ['deployments'], verbs: ['get', 'list', 'create', 'patch'] },
    { group: 'networking.istio.io', resources: ['virtualservices', 'destinationrules'], verbs: ['list'] },
    { group: 'coordination.k8s.io', resources: ['leases'], verbs: ['get', 'create', 'patch'] },
  ]);

  public constructor(scope: Construct, id: string, props: Iter8TaskProps = {}) {
    super(scope, id, props, 'Deploys the candidate of a service beside its live version and waits until it is ready.');
    const { images = Images.of() } = props;
    const repository = this.addParam('repository', { description: 'URL of the Git repository with the manifests' });
    const commit = this.addParam('commit', { description: 'The commit that was built' });
    const image = this.addParam('image', { description: 'The image by its digest' });
    const candidate = this.addParam('candidate', { description: 'Name of the Deployment to make' });
    const baseline = this.addParam('baseline', { description: 'Name of the Deployment that is live; may be empty' });
    const deployment = this.addParam('deployment', { description: 'Name of the Deployment in the manifests' });
    const path = this.addParam('path', {
      description: 'Folder with a kustomization, or folder or file with plain YAML',
      defaultValue: 'kustomize',
    });
    const format = this.addParam('format', { description: 'kustomize or yaml', defaultValue: 'kustomize' });
    const patch = this.addParam('patch', {
      description: 'Patch in the folder in which the words VERSION and IMAGE are replaced; none where empty',
      defaultValue: '',
    });
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
      securityContext: this._restricted,
    };
    const versions = {
      ...WRITABLE,
      WORK,
      ...this._target,
      CANDIDATE: candidate.ref,
      BASELINE: baseline.ref,
      IMAGE: image.ref,
    };
    const source = {
      REPOSITORY: repository.ref,
      COMMIT: commit.ref,
      MANIFESTS: path.ref,
      FORMAT: format.ref,
      PATCH: patch.ref,
    };
    this.addStep('fetch', {
      ...common,
      image: images.git,
      script: script('fetch.sh'),
      env: {
        ...WRITABLE,
        ...CREDENTIALS,
        ...source,
        WORK,
        CANDIDATE: candidate.ref,
        BASELINE: baseline.ref,
        RESULT_DEPLOYMENT: made.path,
      },
    });
    this.addStep('modify-patch', {
      ...common,
      script: script('modify-patch.sh'),
      env: {
        ...versions,
        ...source,
        DEPLOYMENT: deployment.ref,
        CONTAINER: container.ref,
        READY_SECONDS: ready.ref,
        RESULT_DEPLOYMENT: made.path,
      },
    });
    this.addStep('kustomize', { ...common, script: script('kustomize.sh'), env: { ...WRITABLE, WORK } });
    this.addStep('log-deployment', { ...common, script: script('log-deployment.sh'), env: { ...WRITABLE, WORK } });
    this.addStep('apply', {
      ...common,
      script: script('apply.sh'),
      env: { ...versions, ...iter8Environment(this.api), READY_SECONDS: ready.ref },
    });
  }

  /** Uses this Task in a Pipeline. */
  public addTo(pipeline: Pipeline, inputs: DeployInputs): DeployPipelineTask {
    return new DeployPipelineTask(pipeline, this, inputs);
  }
}
