import { Duration } from 'cdk8s';
import type { Construct } from 'constructs';
import { type ApiCall, shared } from '../access/api-call';
import { refuseChartLabels } from '../rules/chart-labels';
import type { Pipeline } from '../tekton/pipeline';
import { PipelineTask } from '../tekton/pipeline-task';
import { type ITask, Task } from '../tekton/task';
import { Volume } from '../tekton/volume';
import { Images } from './images';
import { requireParams } from './param-rules';
import { type PipelineTaskInputs, useProps, wholeSeconds } from './pipeline-task-inputs';
import { Platform } from './platform';
import { CREDENTIALS, OUTSIDE_MESH, script, WRITABLE } from './script';

/** What the DeployApplicationTask is made with. */
export interface DeployApplicationTaskProps {
  /**
   * The images that the steps run.
   * @default Images.of()
   */
  readonly images?: Images;
  /**
   * What the task runs on.
   * @default Platform.KUBERNETES
   */
  readonly platform?: Platform;
  /**
   * Name of the Task.
   * @default - the construct's id
   */
  readonly name?: string;
}

/** What a use of the DeployApplicationTask is given. Strings may be variables. */
export interface DeployApplicationInputs extends PipelineTaskInputs {
  /** URL of the Git repository with the manifests. */
  readonly repository: string;
  /**
   * Branch, tag or commit.
   * @default - the head of the default branch
   */
  readonly revision?: string;
  /**
   * What of the repository is applied: a file, a folder of files (its `.yaml`, `.yml` and `.json`, but not what is in folders
   * below it), or a folder with a kustomization. `@host@` and `@namespace@` in the values of its fields are replaced.
   */
  readonly manifests: string;
  /** Namespace of the application, which exists. What the manifests have in other namespaces, or in none, is refused. */
  readonly namespace: string;
  /**
   * What takes the place of `@host@`: the DNS name by which users reach the application.
   * @default - none: manifests with `@host@` are refused
   */
  readonly host?: string;
  /**
   * How long the Deployments may take to become ready.
   * @default Duration.minutes(5)
   */
  readonly readyDeadline?: Duration;
}

/** The DeployApplicationTask in use in a Pipeline. */
export class DeployApplicationPipelineTask extends PipelineTask {
  /** Uses the DeployApplicationTask, or a Task with the same params and results. */
  public constructor(pipeline: Pipeline, task: ITask, inputs: DeployApplicationInputs) {
    const name = inputs.name ?? 'deploy-application';
    const path = `${pipeline.node.path}/${name}`;
    const ready = wholeSeconds(path, 'readyDeadline', inputs.readyDeadline ?? Duration.minutes(5));
    super(pipeline, name, task, {
      params: requireParams(path, 'deploy-application', {
        repository: inputs.repository,
        revision: inputs.revision ?? '',
        path: inputs.manifests,
        namespace: inputs.namespace,
        host: inputs.host ?? '',
        'ready-deadline': ready,
      }),
      ...useProps(path, inputs, ready + 600),
    });
  }

  /** The commit whose manifests were applied. */
  public get commit(): string {
    return this.result('commit');
  }

  /** What was applied, as `service/details deployment.apps/details-v1`. */
  public get applied(): string {
    return this.result('applied');
  }
}

const WORK = '/work';

/**
 * Applies the manifests of a whole application from a repository, with its host filled in, and waits until its Deployments
 * are ready. It deletes nothing, so what is taken out of the manifests stays in the cluster.
 *
 * Where a pipeline delivers one of the services, the application has the Service, and no Deployment for it: the pipeline's
 * first run makes the first version. One in the manifests would come back with each run, beside the version that is live.
 *
 * Results: `commit` and `applied`.
 */
export class DeployApplicationTask extends Task {
  /** The calls that it makes in the application's namespace. For manifests of other kinds, add those. */
  public static readonly API_CALLS: ApiCall[] = shared([
    { group: '', resources: ['services', 'serviceaccounts', 'configmaps'], verbs: ['get', 'create', 'patch'] },
    { group: '', resources: ['pods'], verbs: ['list'] },
    { group: 'apps', resources: ['deployments'], verbs: ['get', 'create', 'patch'] },
    {
      group: 'networking.istio.io',
      resources: ['gateways', 'virtualservices', 'destinationrules'],
      verbs: ['get', 'create', 'patch'],
    },
  ]);

  public constructor(scope: Construct, id: string, props: DeployApplicationTaskProps = {}) {
    refuseChartLabels(scope, id);
    super(scope, id, {
      description: 'Applies the manifests of an application from a Git repository and waits until it is ready.',
      metadata: { name: props.name ?? id, labels: OUTSIDE_MESH },
    });
    const { images = Images.of(), platform = Platform.KUBERNETES } = props;
    const repository = this.addParam('repository', { description: 'URL of the Git repository with the manifests' });
    const revision = this.addParam('revision', {
      description: 'Branch, tag or commit; the head of the default branch where empty',
      defaultValue: '',
    });
    const path = this.addParam('path', { description: 'File, folder, or folder with a kustomization' });
    const namespace = this.addParam('namespace', { description: 'Namespace of the application' });
    const host = this.addParam('host', {
      description: 'What takes the place of @host@; may be empty',
      defaultValue: '',
    });
    const ready = this.addParam('ready-deadline', {
      description: 'How long the Deployments may take to become ready, in seconds',
      defaultValue: '300',
    });
    const commit = this.addResult('commit', { description: 'The commit whose manifests were applied' });
    const applied = this.addResult('applied', { description: 'What was applied' });

    this.addVolume(Volume.emptyDir('work'));
    const common = {
      volumeMounts: [{ name: 'work', mountPath: WORK }],
      securityContext: platform._restricted,
    };
    const env = {
      ...WRITABLE,
      WORK,
      MANIFESTS: path.ref,
      NAMESPACE: namespace.ref,
      HOST: host.ref,
      READY_SECONDS: ready.ref,
      RESULT_COMMIT: commit.path,
      RESULT_APPLIED: applied.path,
    };
    this.addStep('fetch', {
      ...common,
      image: images.git,
      script: script('fetch-application.sh'),
      env: { ...env, ...CREDENTIALS, REPOSITORY: repository.ref, REVISION: revision.ref },
    });
    this.addStep('apply', {
      ...common,
      image: images.tools,
      script: script('apply-application.sh'),
      env,
    });
  }

  /** Uses this Task in a Pipeline. */
  public addTo(pipeline: Pipeline, inputs: DeployApplicationInputs): DeployApplicationPipelineTask {
    return new DeployApplicationPipelineTask(pipeline, this, inputs);
  }
}
