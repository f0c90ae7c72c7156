import { type ApiObjectMetadata, Duration } from 'cdk8s';
import type { Construct } from 'constructs';
import type { PipelineRunSpec, PipelineRunSpecTaskRunSpecs } from '../../imports/tekton.dev';
import { pipelineRunRules } from '../rules';
import { byName } from '../rules/graph';
import type { PipelineRunModel } from '../rules/model';
import type { Problem } from '../rules/problem';
import { goDuration } from '../rules/values';

import { type IPipeline, Pipeline } from './pipeline';
import { boundParams, plain, requireValue } from './pipeline-task';
import { TektonObject } from './tekton-object';
import type { WorkspaceBinding } from './workspace-binding';

/** What a run is made with. */
export interface PipelineRunProps {
  /** The Pipeline to run. */
  readonly pipeline: IPipeline;
  /**
   * Namespace, labels and annotations. A run has no name of its own: every `kubectl create` makes a new one.
   * @default - in the chart's namespace
   */
  readonly metadata?: ApiObjectMetadata;
  /**
   * What the name begins with; Kubernetes adds five characters.
   * @default - the Pipeline's name and "-"
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
   * More about the pods of single tasks, by the task's name in the Pipeline, in Tekton's fields for `taskRunSpecs`:
   * `{ build: { computeResources: { … } } }`.
   * @default - none
   */
  readonly taskRunSpecs?: { readonly [task: string]: any };
}

/**
 * One run of a Pipeline. It is written with `generateName` and without a name, so it is for `kubectl create`, not for
 * `kubectl apply`: put runs in a chart of their own.
 */
export class PipelineRun extends TektonObject {
  private readonly props: PipelineRunProps;

  public constructor(scope: Construct, id: string, props: PipelineRunProps) {
    super(scope, id, 'PipelineRun', { metadata: props.metadata }, generateName(props));
    for (const [name, value] of Object.entries(props.params ?? {})) {
      requireValue(this.node.path, name, value);
    }
    this.props = { ...props };
  }

  /** @internal */
  public override get _revision(): number {
    const { pipeline } = this.props ?? {};
    return pipeline instanceof Pipeline ? pipeline._revision : 0;
  }

  /** @internal */
  protected _problems(): Problem[] {
    const { pipeline, params = {}, workspaces = {} } = this.props;
    const seconds = this.seconds();
    const model: PipelineRunModel = {
      path: this.node.path,
      pipeline: pipeline._model?.(),
      namespace: this._namespace,
      params: boundParams(params),
      workspaces: Object.keys(workspaces),
      timeouts: seconds,
    };
    return pipelineRunRules.flatMap((rule) => rule(model));
  }

  /** @internal */
  protected _render(): PipelineRunSpec {
    const { pipeline, params = {}, workspaces = {}, serviceAccountName } = this.props;
    const sorted = <Value>(values: { readonly [name: string]: Value }) =>
      Object.entries(values).sort(([a], [b]) => byName(a, b));
    const list = <Item>(items: Item[]) => (items.length > 0 ? items : undefined);
    const { pipeline: all, tasks, finally: last } = this.seconds();
    const duration = (seconds?: number) => (seconds === undefined ? undefined : goDuration(Duration.seconds(seconds)));
    return {
      pipelineRef: { ...pipeline.pipelineRef },
      params: list(sorted(params).map(([name, value]) => ({ name, value: plain(value) }))),
      workspaces: list(
        sorted(workspaces).map(([name, binding]) => binding._render(name)),
      ) as PipelineRunSpec['workspaces'],
      timeouts:
        all === undefined ? undefined : { pipeline: duration(all), tasks: duration(tasks), finally: duration(last) },
      taskRunTemplate: serviceAccountName ? { serviceAccountName } : undefined,
      taskRunSpecs: list(this.taskRunSpecs()),
    };
  }

  private taskRunSpecs(): PipelineRunSpecTaskRunSpecs[] {
    const { pipeline, taskRunSpecs = {} } = this.props;
    const specs = new Map<string, PipelineRunSpecTaskRunSpecs>();
    for (const task of pipeline instanceof Pipeline ? pipeline.tasks : []) {
      if (task.serviceAccountName) {
        specs.set(task.name, { serviceAccountName: task.serviceAccountName });
      }
    }
    for (const [name, spec] of Object.entries(taskRunSpecs)) {
      specs.set(name, { ...specs.get(name), ...spec });
    }
    return [...specs.keys()].sort(byName).map((name) => ({ pipelineTaskName: name, ...specs.get(name) }));
  }

  /**
   * Tekton fills in an hour for the whole where nothing is written, and without a part for `finally` nothing is kept
   * back for it, so all three are written whenever one is known. Where there is no limit, which Tekton writes as 0, there
   * is nothing to share out.
   */
  private seconds(): { pipeline?: number; tasks?: number; finally?: number } {
    const { pipeline, timeout, tasksTimeout, finallyTimeout } = this.props;
    const needed = pipeline instanceof Pipeline ? pipeline._seconds() : undefined;
    const last = finallyTimeout?.toSeconds() ?? (needed?.finally || undefined);
    const own = tasksTimeout?.toSeconds() ?? (timeout ? undefined : needed?.tasks);
    const all =
      timeout?.toSeconds() ?? (own === undefined && last === undefined ? undefined : (own ?? 3600) + (last ?? 0));
    if (all === 0 || all === Number.POSITIVE_INFINITY) {
      return { pipeline: 0, tasks: tasksTimeout?.toSeconds(), finally: finallyTimeout?.toSeconds() };
    }
    const rest = all !== undefined && last !== undefined && all > last ? all - last : undefined;
    const tasks = own ?? rest;
    return { pipeline: all, tasks, finally: last };
  }
}

function generateName(props: PipelineRunProps): string {
  const { pipeline, generateName: given } = props;
  return given ?? `${pipeline.pipelineRef.name ?? 'run'}-`;
}
