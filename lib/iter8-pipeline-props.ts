import type { Duration } from 'cdk8s';
import type { IServiceAccount } from 'cdk8s-plus-25';
import type { ExperimentOptions } from './iter8/experiment-options';
import type { BuildOptions } from './tasks/build-task';
import type { Builder } from './tasks/builder';
import type { Cleanup } from './tasks/cleanup';
import type { Concurrency } from './tasks/concurrency';
import type { DeployOptions } from './tasks/deploy-task';
import type { GitSource } from './tasks/git-source';
import type { Images } from './tasks/images';
import type { ServiceAccountsByTask } from './tasks/iter8-service-accounts';
import type { Iter8Tasks } from './tasks/iter8-tasks';
import type { LoadProfile } from './tasks/load-profile';
import type { LoadStart } from './tasks/load-start';
import type { Notification } from './tasks/notification';
import type { Platform } from './tasks/platform';
import type { StopSignal } from './tasks/stop-signal';
import type { Verdict } from './tasks/verdict';

/** A canary delivery. */
export interface Iter8PipelineProps extends ExperimentOptions, BuildOptions, DeployOptions {
  /** Where the application and its manifests come from. */
  readonly source: GitSource;
  /** Name of the image, without tag and digest: `registry.example.com/team/service`. */
  readonly image: string;
  /** Name of the Service under test. */
  readonly service: string;
  /**
   * Namespace of the Service and its Deployments.
   * @default - the chart's, in which the pipeline runs
   */
  readonly serviceNamespace?: string;
  /**
   * Path of a file in the repository with the Experiment, such as `iter8/experiment.yaml`, in place of criteria and the
   * other options here. Its name is what names of experiments begin with; service and versions are filled in. It must not
   * have iter8's own `cleanup`.
   * @default - the experiment is described here
   */
  readonly experimentTemplate?: string;
  /**
   * Requests to send while an experiment runs.
   * @default - none: there is enough traffic of users
   */
  readonly load?: LoadProfile;
  /**
   * When the requests begin. Only with `load`.
   * @default LoadStart.AFTER_DEPLOY
   */
  readonly loadStart?: LoadStart;
  /**
   * How the load learns that the experiment has ended.
   * @default StopSignal.experiment()
   */
  readonly stopSignal?: StopSignal;
  /**
   * Name of the Secret for pushing the image, which exists: of type `kubernetes.io/dockerconfigjson`. A service account of
   * your own for the build has to have it itself.
   * @default - the registry asks for none
   */
  readonly registrySecretName?: string;
  /**
   * Name of the Deployment that is live.
   * @default - the one that the routing, or without any the Service's selector, leads to
   */
  readonly baseline?: string;
  /**
   * Verdicts that fail the run.
   * @default - all but Verdict.WINNER
   */
  readonly failOn?: Verdict[];
  /**
   * Who is told how a run has ended. A notification that fails does not fail the run.
   * @default - nobody
   */
  readonly notify?: Notification[];
  /**
   * What happens in the end to the version that lost.
   * @default Cleanup.DELETE
   */
  readonly cleanup?: Cleanup;
  /**
   * What happens to a run while another run has the service.
   * @default Concurrency.QUEUE
   */
  readonly concurrency?: Concurrency;
  /**
   * How long a run waits for others of the same service.
   * @default Duration.hours(1)
   */
  readonly queueDeadline?: Duration;
  /**
   * A manual gate: how long a run waits for a person when the candidate has met the criteria. All traffic is on the baseline
   * meanwhile, and stays there when nobody rolls the candidate forward in time: see `rollforward` and `rollback`. Not
   * together with `onTermination` or `experimentTemplate`.
   * @default - none: iter8 sends all traffic to a candidate that met the criteria
   */
  readonly approvalDeadline?: Duration;
  /**
   * How many finished runs of the Pipeline, and how many finished experiments of the service whose candidate is gone, are
   * kept. Older ones are deleted at the end of a run, which counts as one itself.
   * @default - all of them
   */
  readonly historyLimit?: number;
  /**
   * How long the experiment may take: at least interval times maxIterations.
   * @default - interval times maxIterations, and 5 minutes
   */
  readonly experimentDeadline?: Duration;
  /**
   * How long the build may take.
   * @default Duration.minutes(30)
   */
  readonly buildTimeout?: Duration;
  /**
   * Which share of the load's requests may fail, from 0 to 1, before the run fails. Only with `load`.
   * @default - the run does not fail because of them; the criteria decide
   */
  readonly maxErrorRate?: number;
  /**
   * Tasks that the pipelines of a fleet share. They know the images, the builder and the version of iter8's API.
   * @default - Tasks of its own
   */
  readonly tasks?: Iter8Tasks;
  /**
   * The images that the steps run. Not together with `tasks`.
   * @default Images.of()
   */
  readonly images?: Images;
  /**
   * What builds the image. Not together with `tasks`.
   * @default new Kaniko()
   */
  readonly builder?: Builder;
  /**
   * What the tasks run on. Not together with `tasks`.
   * @default Platform.KUBERNETES
   */
  readonly platform?: Platform;
  /**
   * Service account for all tasks, in the Pipeline's namespace.
   * @default - one for each task, with just the rights and Secrets that it needs
   */
  readonly serviceAccount?: IServiceAccount;
  /**
   * Service accounts for single tasks, in the Pipeline's namespace.
   * @default - serviceAccount, or one for each task
   */
  readonly serviceAccounts?: ServiceAccountsByTask;
  /**
   * Name of the Pipeline, which those of its Tasks and service accounts begin with. At most 52 characters.
   * @default - the construct's id
   */
  readonly name?: string;
}
