import type { Problem } from './problem';
import type { LocatedText } from './reference';

/**
 * What the rules look at: plain data about Tasks, Pipelines and PipelineRuns, made by the constructs.
 * All texts that may hold Tekton variables come with the place in which they stand.
 */

export type ParamType = 'string' | 'array' | 'object';

export interface ParamModel {
  readonly name: string;
  readonly type: ParamType;
  /** Whether a value has to be given, because there is no default. */
  readonly required: boolean;
  /** The keys of an object. */
  readonly keys?: readonly string[];
  /** Those of them that the default has a value for. */
  readonly defaultKeys?: readonly string[];
}

export interface ResultModel {
  readonly name: string;
  readonly type: ParamType;
  /** The keys of an object. */
  readonly keys?: readonly string[];
  /** The result of a step that it takes its value from. */
  readonly value?: LocatedText;
}

export interface WorkspaceModel {
  readonly name: string;
  readonly optional: boolean;
  /** Where a Task mounts it. */
  readonly mountPath?: string;
}

export interface MountModel {
  /** Name of the volume. */
  readonly name: string;
  readonly mountPath: string;
}

/** A step, a sidecar, or what all steps have in common. */
export interface ContainerModel {
  /** As a reader would name it: "step clone". */
  readonly what: string;
  readonly mounts: readonly MountModel[];
  readonly texts: readonly LocatedText[];
}

export interface StepModel extends ContainerModel {
  readonly name: string;
  readonly kind: 'step' | 'sidecar';
  readonly script?: string;
  readonly hasCommand: boolean;
  readonly results: readonly ResultModel[];
}

export interface TaskModel {
  readonly path: string;
  readonly name: string;
  readonly namespace?: string;
  readonly params: readonly ParamModel[];
  readonly results: readonly ResultModel[];
  readonly workspaces: readonly WorkspaceModel[];
  readonly volumes: readonly string[];
  /** Steps in their order, and sidecars. */
  readonly steps: readonly StepModel[];
  readonly stepTemplate?: ContainerModel;
  /** Texts outside the containers: volumes, and where workspaces are mounted. */
  readonly texts: readonly LocatedText[];
}

export interface BoundParam {
  readonly name: string;
  readonly type: ParamType;
  /** The keys of a map. */
  readonly keys?: readonly string[];
  /** The value, if it is a text with variables; it may be one that hands on a whole array or object: `$(params.list[*])`. */
  readonly text?: LocatedText;
}

export interface PipelineTaskModel {
  readonly path: string;
  readonly name: string;
  /** Whether it stands under `finally`. */
  readonly final: boolean;
  /** The Task it uses; undefined for a Task that is defined elsewhere. */
  readonly task?: TaskModel;
  readonly params: readonly BoundParam[];
  readonly workspaces: readonly { readonly name: string; readonly workspace: string }[];
  /** Everything bound: params, when, matrix, workspaces. */
  readonly texts: readonly LocatedText[];
  readonly runAfter: readonly string[];
  readonly hasMatrix: boolean;
  /** Longest time of one try in seconds, 0 for no limit; undefined where none is set. */
  readonly seconds?: number;
  /** How often it runs at most. */
  readonly tries: number;
}

export interface PipelineModel {
  readonly path: string;
  readonly name: string;
  readonly namespace?: string;
  readonly params: readonly ParamModel[];
  readonly workspaces: readonly WorkspaceModel[];
  readonly tasks: readonly PipelineTaskModel[];
  readonly results: readonly { readonly name: string; readonly texts: readonly LocatedText[] }[];
}

export interface BindingModel {
  /** Name of the Pipeline's workspace. */
  readonly name: string;
  /** What tells its PersistentVolumeClaim from others, if it has one. */
  readonly claim?: string;
}

export interface TaskRunSpecModel {
  /** Name of the task in the Pipeline. */
  readonly name: string;
  /** Longest time of one try in seconds; undefined where none is set. */
  readonly seconds?: number;
}

export interface PipelineRunModel {
  readonly path: string;
  /** The Pipeline that runs; undefined where it is defined elsewhere. */
  readonly pipeline?: PipelineModel;
  readonly namespace?: string;
  readonly params: readonly BoundParam[];
  readonly workspaces: readonly BindingModel[];
  readonly taskRunSpecs: readonly TaskRunSpecModel[];
  /** What may hold variables in the volumes of the workspaces. */
  readonly texts: readonly LocatedText[];
  /** Seconds; undefined where not written. */
  readonly timeouts: { readonly pipeline?: number; readonly tasks?: number; readonly finally?: number };
  /** Whether the time for `finally` was given, and not derived from its tasks. */
  readonly finallyGiven: boolean;
}

/** A check of Tasks, of Pipelines, or of PipelineRuns. What is wrong in a Pipeline can't depend on its name and path. */
export type Rule<Model> = (model: Model) => Problem[];
