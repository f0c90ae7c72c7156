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
}

export interface WorkspaceModel {
  readonly name: string;
  readonly optional: boolean;
}

export interface StepModel {
  readonly name: string;
  readonly kind: 'step' | 'sidecar';
  readonly script?: string;
  readonly hasCommand: boolean;
  readonly results: readonly string[];
  readonly volumes: readonly string[];
  readonly texts: readonly LocatedText[];
}

export interface TaskModel {
  readonly path: string;
  readonly name: string;
  readonly namespace?: string;
  readonly params: readonly ParamModel[];
  readonly results: readonly string[];
  readonly workspaces: readonly WorkspaceModel[];
  readonly volumes: readonly string[];
  readonly steps: readonly StepModel[];
  /** Texts outside the steps: results' values, volumes. */
  readonly texts: readonly LocatedText[];
}

export interface BoundParam {
  readonly name: string;
  readonly type: ParamType;
  /** The value, if it is one variable that hands on a whole array or object: `$(params.list[*])`. */
  readonly whole?: string;
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
  /** Longest time in seconds, all retries included; undefined where none is set. */
  readonly seconds?: number;
}

export interface PipelineModel {
  readonly path: string;
  readonly name: string;
  readonly namespace?: string;
  readonly params: readonly ParamModel[];
  readonly workspaces: readonly WorkspaceModel[];
  readonly tasks: readonly PipelineTaskModel[];
  readonly results: readonly { readonly name: string; readonly text: LocatedText }[];
}

export interface PipelineRunModel {
  readonly path: string;
  /** The Pipeline that runs; undefined where it is defined elsewhere. */
  readonly pipeline?: PipelineModel;
  readonly namespace?: string;
  readonly params: readonly BoundParam[];
  readonly workspaces: readonly string[];
  /** Seconds; undefined where not written. */
  readonly timeouts: { readonly pipeline?: number; readonly tasks?: number; readonly finally?: number };
}

/** A check of Tasks, of Pipelines, or of PipelineRuns. */
export type Rule<Model> = (model: Model) => import('./problem').Problem[];
