import type { ApiObjectMetadata, Duration } from 'cdk8s';
import type { Construct } from 'constructs';
import type { PipelineRunSpec } from '../../imports/tekton.dev';
import type { Problem } from '../rules/problem';
import type { IPipeline } from './pipeline';
import { RunTemplate } from './run-template';
import type { TaskRunSpec } from './task-run-spec';
import { pathOf, TektonObject } from './tekton-object';
import type { WorkspaceBinding } from './workspace-binding';

/** What can be said of any run. */
export interface PipelineRunOptions {
  /**
   * Namespace, labels and annotations. A run has no name of its own: every `kubectl create` makes a new one.
   * @default - in the chart's namespace
   */
  readonly metadata?: ApiObjectMetadata;
  /**
   * What the name begins with, at most 58 characters; Kubernetes adds five.
   * @default - the Pipeline's name, shortened if need be, and "-"
   */
  readonly generateName?: string;
  /**
   * Values for the Pipeline's params: a string, a list of strings, or a map of strings, by the param's type.
   * @default - none
   */
  readonly params?: { readonly [name: string]: any };
  /**
   * Volumes for the Pipeline's workspaces.
   * @default - none
   */
  readonly workspaces?: { readonly [name: string]: WorkspaceBinding };
  /**
   * How long the whole run may take. When it is over, `finally` tasks get no chance.
   * @default - what the tasks and `finally` need together; Tekton's default for a Pipeline that is defined elsewhere
   */
  readonly timeout?: Duration;
  /**
   * How long the tasks may take before `finally` begins.
   * @default - the longest chain of tasks by their timeouts
   */
  readonly tasksTimeout?: Duration;
  /**
   * How long `finally` tasks may take.
   * @default - the longest timeout among them
   */
  readonly finallyTimeout?: Duration;
  /**
   * Name of the service account for tasks that have none of their own.
   * @default - the namespace's default
   */
  readonly serviceAccountName?: string;
  /**
   * More about the pods of all tasks, in Tekton's fields: `{ nodeSelector: { … } }`.
   * @default - Tekton's default
   */
  readonly podTemplate?: { readonly [field: string]: any };
  /**
   * More about single tasks, by the task's name in the Pipeline: `{ build: { computeResources: { … } } }`.
   * @default - none
   */
  readonly taskRunSpecs?: { readonly [task: string]: TaskRunSpec };
}

/** What a run is made with. */
export interface PipelineRunProps extends PipelineRunOptions {
  /** The Pipeline to run. */
  readonly pipeline: IPipeline;
}

/**
 * One run of a Pipeline. It is written with `generateName` and without a name, so it is for `kubectl create`, not for
 * `kubectl apply`: put runs in a chart of their own.
 */
export class PipelineRun extends TektonObject {
  private readonly template: RunTemplate;

  public constructor(scope: Construct, id: string, props: PipelineRunProps) {
    const template = new RunTemplate(pathOf(scope, id), props);
    super(scope, id, 'PipelineRun', { metadata: props.metadata }, template.generateName);
    this.template = template;
  }

  /** @internal */
  public override get _revision(): number {
    return this.template.revision;
  }

  /** @internal */
  protected _problems(): Problem[] {
    return this.template.problems(this.node.path, this._namespace);
  }

  /** @internal */
  protected _render(): PipelineRunSpec {
    return this.template.render();
  }
}
