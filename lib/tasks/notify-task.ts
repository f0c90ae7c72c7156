import { Duration } from 'cdk8s';
import type { Construct } from 'constructs';
import { type ApiCall, shared } from '../access/api-call';
import { refuseChartLabels } from '../rules/chart-labels';
import { refuse } from '../rules/values';
import type { Pipeline } from '../tekton/pipeline';
import { PipelineTask } from '../tekton/pipeline-task';
import { OnError } from '../tekton/step';
import { type ITask, Task } from '../tekton/task';
import { Images } from './images';
import type { Notification } from './notification';
import { requireParams } from './param-rules';
import { Platform } from './platform';
import { OUTSIDE_MESH, script, WRITABLE } from './script';
import type { WaitPipelineTask } from './wait-task';

/** What the NotifyTask is made with. */
export interface NotifyTaskProps {
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

/** What a use of the NotifyTask is given. Strings may be variables. */
export interface NotifyInputs {
  /** Who is told. */
  readonly notification: Notification;
  /** Name of the Service under test. */
  readonly service: string;
  /** Its namespace. */
  readonly namespace: string;
  /** The WaitTask under `finally`, which says how the run has ended. */
  readonly finishTask: WaitPipelineTask;
  /**
   * The task that says which commit it is, by a result `commit`: the one that built it.
   * @default - none, and no commit is told
   */
  readonly buildTask?: PipelineTask;
  /**
   * Name of the task in the Pipeline.
   * @default notify
   */
  readonly name?: string;
  /**
   * Name of the service account that the task runs as.
   * @default - the run's
   */
  readonly serviceAccountName?: string;
}

/** Time to send the message, tries and an API server that is away included. */
const SENDING_SECONDS = 300;

/**
 * The NotifyTask in use in a Pipeline, under `finally`. Tasks there run side by side and know nothing of each other's
 * results, so this one asks the API for those of `finish`. Its failure does not fail the run.
 */
export class NotifyPipelineTask extends PipelineTask {
  /** Uses the NotifyTask, or a Task with the same params. */
  public constructor(pipeline: Pipeline, task: ITask, inputs: NotifyInputs) {
    const { name = 'notify', notification, service, namespace, finishTask, buildTask, serviceAccountName } = inputs;
    const path = `${pipeline.node.path}/${name}`;
    for (const [what, other] of Object.entries({ finishTask, buildTask })) {
      if (other && !pipeline.tasks.includes(other)) {
        refuse(path, what, other.name, 'a task of the same Pipeline', 'give the one that was added to this Pipeline');
      }
    }
    const { seconds = 3600, tries } = finishTask._model();
    const deadline = Math.ceil(seconds * tries);
    super(
      pipeline,
      name,
      task,
      {
        params: requireParams(path, 'notify', {
          ...notification._params,
          service,
          namespace,
          'pipeline-run': '$(context.pipelineRun.namespace)/$(context.pipelineRun.name)',
          finish: finishTask.name,
          build: buildTask?.name ?? '',
          deadline,
        }),
        timeout: Duration.seconds(deadline + SENDING_SECONDS),
        onError: OnError.CONTINUE,
        serviceAccountName,
      },
      true,
    );
  }
}

/**
 * Tells people how a run has ended, by a message to a chat or a webhook. It waits until the run's WaitTask under `finally`
 * has ended, and sends the verdict, the reason, the weights, the winner, the commit and the image.
 */
export class NotifyTask extends Task {
  /** The calls that it makes in its own namespace, for the results of the run's tasks. */
  public static readonly OWN_API_CALLS: ApiCall[] = shared([
    { group: 'tekton.dev', resources: ['pipelineruns', 'taskruns'], verbs: ['get'] },
  ]);

  public constructor(scope: Construct, id: string, props: NotifyTaskProps = {}) {
    refuseChartLabels(scope, id);
    const { images = Images.of(), platform = Platform.KUBERNETES, name = id } = props;
    const description = 'Tells people how a run has ended.';
    super(scope, id, { description, metadata: { name, labels: OUTSIDE_MESH } });
    const service = this.addParam('service', { description: 'Name of the Service under test' });
    const namespace = this.addParam('namespace', { description: 'Its namespace' });
    const pipelineRun = this.addParam('pipeline-run', { description: 'Namespace and name of the PipelineRun' });
    const finish = this.addParam('finish', {
      description: 'Name of the task under finally whose results are told',
      defaultValue: 'finish',
    });
    const build = this.addParam('build', {
      description: 'Name of the task whose result commit is told; may be empty',
      defaultValue: '',
    });
    const format = this.addParam('format', { description: 'slack or json', defaultValue: 'json' });
    const url = this.addParam('url', {
      description: 'Where the message goes; in the Secret where empty',
      defaultValue: '',
    });
    const secret = this.addParam('secret', {
      description: 'Name of the Secret with the URL',
      defaultValue: 'none',
    });
    const secretKey = this.addParam('secret-key', { description: 'Its key', defaultValue: 'url' });
    const link = this.addParam('link', { description: 'Where to look at the run; may be empty', defaultValue: '' });
    const deadline = this.addParam('deadline', {
      description: 'How long to wait for the end of the run, in seconds',
      defaultValue: '1800',
    });
    this.addStep('notify', {
      image: images.tools,
      script: script('notify.sh'),
      env: {
        ...WRITABLE,
        SERVICE: service.ref,
        SERVICE_NAMESPACE: namespace.ref,
        PIPELINE_RUN: pipelineRun.ref,
        FINISH: finish.ref,
        BUILD: build.ref,
        FORMAT: format.ref,
        URL: url.ref,
        SECRET: secret.ref,
        SECRET_KEY: secretKey.ref,
        LINK: link.ref,
        DEADLINE_SECONDS: deadline.ref,
      },
      envValues: {
        // Without its Secret the pod would not start, and nobody be told why.
        SECRET_URL: { valueFrom: { secretKeyRef: { name: secret.ref, key: secretKey.ref, optional: true } } },
      },
      securityContext: platform._restricted,
    });
  }

  /** Uses this Task under `finally` of a Pipeline. */
  public addFinallyTo(pipeline: Pipeline, inputs: NotifyInputs): NotifyPipelineTask {
    return new NotifyPipelineTask(pipeline, this, inputs);
  }
}
