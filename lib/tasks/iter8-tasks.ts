import { Construct } from 'constructs';
import { Iter8Api } from '../iter8/iter8-api';
import { refuse } from '../rules/values';
import type { ITask } from '../tekton/task';
import { BuildTask } from './build-task';
import type { Builder } from './builder';
import { DeployTask } from './deploy-task';
import { ExperimentTask } from './experiment-task';
import { HousekeepingTask } from './housekeeping-task';
import { Images } from './images';
import { LoadTask } from './load-task';
import { NotifyTask } from './notify-task';
import { OverrideTask } from './override-task';
import { Platform } from './platform';
import { PreviousTask } from './previous-task';
import { WaitTask } from './wait-task';

/** What the five Tasks are made with. */
export interface Iter8TasksProps {
  /**
   * The images that the steps run.
   * @default Images.of()
   */
  readonly images?: Images;
  /**
   * What the tasks run on.
   * @default Platform.KUBERNETES
   */
  readonly platform?: Platform;
  /**
   * What builds images.
   * @default new Kaniko()
   */
  readonly builder?: Builder;
  /**
   * Version of iter8's API.
   * @default Iter8Api.V1ALPHA2
   */
  readonly api?: Iter8Api;
  /**
   * What the Tasks' names begin with: `NAME-build`, `NAME-experiment`, …
   * @default - the construct's id
   */
  readonly name?: string;
  /**
   * Task to use in place of the BuildTask, with its params and results.
   * @default - a BuildTask
   */
  readonly buildTask?: ITask;
  /**
   * Task to use in place of the ExperimentTask, with its params and results.
   * @default - an ExperimentTask
   */
  readonly experimentTask?: ITask;
  /**
   * Task to use in place of the DeployTask, with its params and results.
   * @default - a DeployTask
   */
  readonly deployTask?: ITask;
  /**
   * Task to use in place of the LoadTask, with its params and results.
   * @default - a LoadTask
   */
  readonly loadTask?: ITask;
  /**
   * Task to use in place of the WaitTask, with its params, results and both of its modes.
   * @default - a WaitTask
   */
  readonly waitTask?: ITask;
}

/** Refuses a name after which there is no room for a Task's, or that is none. @internal */
export function requirePrefix(path: string, name: string): void {
  if (!/^(?=.{1,52}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(name)) {
    const expected =
      'at most 52 lower-case letters, digits, "-" and ".", with a letter or digit at both ends, because names of Tasks begin with it';
    refuse(path, 'name', name, expected, 'set name to a shorter or simpler one');
  }
}

/**
 * The five Tasks, for any number of pipelines in their namespace. Others are added when a pipeline needs them: a LoadTask
 * for load from inside the mesh, because whether a pod gets Istio's sidecar can only be said in the Task; a
 * NotifyTask, an OverrideTask, a PreviousTask and a HousekeepingTask.
 */
export class Iter8Tasks extends Construct {
  /** Version of iter8's API that the Tasks are made for. */
  public readonly api: Iter8Api;
  /** What the Tasks run on. */
  public readonly platform: Platform;
  /** The BuildTask. */
  public readonly buildTask: ITask;
  /** The ExperimentTask. */
  public readonly experimentTask: ITask;
  /** The DeployTask. */
  public readonly deployTask: ITask;
  /** The LoadTask for requests from outside the mesh. */
  public readonly loadTask: ITask;
  /** The WaitTask. */
  public readonly waitTask: ITask;
  private readonly make: (task: string) => ITask;
  private readonly made = new Map<string, ITask>();

  public constructor(scope: Construct, id: string, props: Iter8TasksProps = {}) {
    super(scope, id);
    const { name = id, api = Iter8Api.V1ALPHA2, images = Images.of(), builder, platform = Platform.KUBERNETES } = props;
    requirePrefix(this.node.path, name);
    const common = (task: string) => ({ api, images, platform, name: `${name}-${task}` });
    this.api = api;
    this.platform = platform;
    this.buildTask = props.buildTask ?? new BuildTask(this, 'build', { images, builder, name: `${name}-build` });
    this.experimentTask = props.experimentTask ?? new ExperimentTask(this, 'experiment', common('experiment'));
    this.deployTask = props.deployTask ?? new DeployTask(this, 'deploy', common('deploy'));
    this.loadTask = props.loadTask ?? new LoadTask(this, 'load', common('load'));
    this.waitTask = props.waitTask ?? new WaitTask(this, 'wait', common('wait'));
    this.make = (task) => {
      switch (task) {
        case 'mesh-load':
          return props.loadTask ?? new LoadTask(this, task, { ...common(task), mesh: true });
        case 'notify':
          return new NotifyTask(this, task, { images, platform, name: `${name}-notify` });
        case 'override':
          return new OverrideTask(this, task, common(task));
        case 'previous':
          return new PreviousTask(this, task, common(task));
        default:
          return new HousekeepingTask(this, task, common(task));
      }
    };
  }

  /** The Tasks that are shared, or new ones of the pipeline's own. @internal */
  public static _of(scope: Construct, shared: Iter8Tasks | undefined, props: Iter8TasksProps): Iter8Tasks {
    const { images, builder, platform } = props;
    if (shared && (images || builder || platform)) {
      const both = images ? 'images' : builder ? 'builder' : 'platform';
      throw new Error(
        `${scope.node.path}: ${both} and tasks are both given; expected one; fix: give ${both} to the Iter8Tasks ${shared.node.path}`,
      );
    }
    return shared ?? new Iter8Tasks(scope, 'tasks', props);
  }

  /** The LoadTask for requests from inside the mesh. */
  public get meshLoadTask(): ITask {
    return this.once('mesh-load');
  }

  /** The OverrideTask. */
  public get overrideTask(): ITask {
    return this.once('override');
  }

  /** The PreviousTask. */
  public get previousTask(): ITask {
    return this.once('previous');
  }

  /** The HousekeepingTask. */
  public get housekeepingTask(): ITask {
    return this.once('housekeeping');
  }

  private once(task: string): ITask {
    const made = this.made.get(task) ?? this.make(task);
    this.made.set(task, made);
    return made;
  }

  /** The NotifyTask. */
  public get notifyTask(): ITask {
    return this.once('notify');
  }
}
