import type { Duration } from 'cdk8s';
import type { PipelineSpecTasks } from '../../imports/tekton.dev';
import { byName } from '../rules/by-name';
import type { PipelineTaskModel } from '../rules/model';
import { type LocatedText, textsIn } from '../rules/reference';
import {
  goDuration,
  requireInteger,
  requireName,
  requireParamName,
  requireSubdomain,
  secondsOf,
} from '../rules/values';
import { copy } from './copy';
import { type Matrix, matrixParams, matrixTexts, renderMatrix, requireMatrix } from './matrix';
import { boundParams, paramTexts, renderParams, requireValues } from './param-value';
import type { Pipeline } from './pipeline';
import { OnError } from './step';
import type { ITask } from './task';
import type { TaskRunSpec } from './task-run-spec';
import type { When } from './when';
import type { PipelineWorkspace } from './workspace';

/** How a Pipeline uses a Task. */
export interface PipelineTaskProps {
  /**
   * What people call it, for viewers. Variables are allowed.
   * @default - its name
   */
  readonly displayName?: string;
  /**
   * What it does here.
   * @default - none
   */
  readonly description?: string;
  /**
   * Values for the Task's params: a string, a list of strings, or a map of strings, by the param's type. Variables in
   * them make edges: a task whose param uses a result of another runs after it.
   * @default - none
   */
  readonly params?: { readonly [name: string]: any };
  /**
   * The Pipeline's workspaces, by the Task's names for them.
   * @default - none
   */
  readonly workspaces?: { readonly [name: string]: PipelineWorkspace };
  /**
   * Conditions, all of which have to hold for the task to run.
   * @default - it always runs
   */
  readonly when?: When[];
  /**
   * Values for which the task runs side by side.
   * @default - it runs once
   */
  readonly matrix?: Matrix;
  /**
   * Tasks to wait for that are not known from what is bound.
   * @default - none
   */
  readonly runAfter?: PipelineTask[];
  /**
   * How often a failed task is tried again, at once and with its whole timeout each time.
   * @default 0
   */
  readonly retries?: number;
  /**
   * How long one try may take.
   * @default - Tekton's default, 60 minutes unless the cluster says otherwise
   */
  readonly timeout?: Duration;
  /**
   * What a failure means for the run. CONTINUE can't be used together with retries.
   * @default OnError.STOP_AND_FAIL
   */
  readonly onError?: OnError;
  /**
   * Name of the service account that the task runs as, written to `taskRunSpecs` of every PipelineRun of this app.
   * @default - the run's
   */
  readonly serviceAccountName?: string;
  /**
   * Pod settings, in Kubernetes' and Tekton's own fields: `{ securityContext: { fsGroup: 65534 } }`. Written to
   * `taskRunSpecs` of every PipelineRun of this app.
   * @default - the run's
   */
  readonly podTemplate?: { readonly [field: string]: any };
}

/** A Task in use in a Pipeline. Made by `Pipeline.addTask` and `Pipeline.addFinally`; what extends it adds itself. */
export class PipelineTask {
  /** Its name in the Pipeline. */
  public readonly name: string;
  /** The service account that it runs as, if it has one of its own. */
  public readonly serviceAccountName?: string;
  private readonly path: string;
  private readonly after: PipelineTask[];
  private readonly props: PipelineTaskProps;

  public constructor(
    private readonly pipeline: Pipeline,
    name: string,
    private readonly task: ITask,
    props: PipelineTaskProps = {},
    private readonly final = false,
  ) {
    this.path = `${pipeline.node.path}/${name}`;
    this.name = requireName(this.path, 'the name of a task', name);
    requireUse(this.path, props);
    this.props = copy({ ...props });
    this.after = [...(props.runAfter ?? [])];
    this.serviceAccountName = props.serviceAccountName;
    pipeline._addUse(this);
  }

  /** The variable for a result of this task. Of a task under `finally`, it is for results of the Pipeline only. */
  public result(name: string): string {
    return `$(${this.stem}.results.${name})`;
  }

  /** The variable for a whole array result of this task, and for a result of each run of a task with a matrix. */
  public arrayResult(name: string): string {
    return `$(${this.stem}.results.${name}[*])`;
  }

  /** The variable for a whole object result of this task. */
  public objectResult(name: string): string {
    return this.arrayResult(name);
  }

  /** The variable for one element of an array result of this task, counted from 0. */
  public resultElement(name: string, index: number): string {
    requireInteger(this.path, `the index of result ${name}`, index, 0, Number.MAX_SAFE_INTEGER);
    return `$(${this.stem}.results.${name}[${index}])`;
  }

  /** The variable for the value of one key of an object result of this task. */
  public resultKey(name: string, key: string): string {
    return `$(${this.stem}.results.${name}.${key})`;
  }

  /** The variable for how this task ended, in `finally` tasks only: `Succeeded`, `Failed` or `None`. */
  public get status(): string {
    return `$(tasks.${this.name}.status)`;
  }

  /** The variable for why this task ended as it did, in `finally` tasks only: `Failed`, `TaskRunTimeout`, … */
  public get statusReason(): string {
    return `$(tasks.${this.name}.reason)`;
  }

  /** The variable for the number of runs of this task, which has a matrix. */
  public get matrixLength(): string {
    return `$(tasks.${this.name}.matrix.length)`;
  }

  /** Has this task wait for another one. */
  public addRunAfter(...tasks: PipelineTask[]): void {
    this.after.push(...tasks);
    this.pipeline._changed();
  }

  /** What runs of this app say of it where they say nothing else. @internal */
  public get _taskRunSpec(): TaskRunSpec | undefined {
    const { serviceAccountName, podTemplate } = this.props;
    return serviceAccountName || podTemplate ? { serviceAccountName, podTemplate } : undefined;
  }

  /** @internal */
  public get _final(): boolean {
    return this.final;
  }

  /** @internal */
  public get _task(): ITask {
    return this.task;
  }

  /**
   * What is bound to the Task's params, asked for when the Pipeline is complete.
   * @internal
   */
  protected _params(): { readonly [name: string]: any } {
    return this.props.params ?? {};
  }

  /** @internal */
  public _model(): PipelineTaskModel {
    const { workspaces = {}, matrix, timeout, retries = 0 } = this.props;
    const values = this._params();
    const params = boundParams(values);
    return {
      path: this.path,
      name: this.name,
      final: this.final,
      task: this.task._model?.(),
      params: matrix ? [...params, ...matrixParams(matrix)] : params,
      workspaces: Object.entries(workspaces).map(([name, workspace]) => ({ name, workspace: workspace.name })),
      texts: this.texts(paramTexts(params, values)),
      runAfter: this.after.map((task) =>
        task.pipeline === this.pipeline ? task.name : `${task.path} (another pipeline)`,
      ),
      hasMatrix: matrix !== undefined,
      seconds: timeout && secondsOf(timeout),
      tries: retries + 1,
    };
  }

  /** @internal */
  public _render(runAfter: readonly string[] = []): PipelineSpecTasks {
    const { displayName, description, workspaces = {}, when = [], matrix, retries, timeout, onError } = this.props;
    const bound = Object.entries(workspaces)
      .sort(([a], [b]) => byName(a, b))
      .map(([name, workspace]) => ({ name, workspace: workspace.name, subPath: workspace._subPath }));
    return {
      name: this.name,
      displayName,
      description,
      taskRef: { ...this.task.taskRef },
      runAfter: runAfter.length > 0 ? [...runAfter] : undefined,
      params: renderParams(this._params()),
      workspaces: bound.length > 0 ? bound : undefined,
      when: when.length > 0 ? when.map((condition) => condition._render()) : undefined,
      matrix: matrix && renderMatrix(matrix),
      retries: retries || undefined,
      timeout: timeout && goDuration(timeout),
      onError,
    };
  }

  private get stem(): string {
    return `${this.final ? 'finally' : 'tasks'}.${this.name}`;
  }

  private texts(params: readonly LocatedText[]): LocatedText[] {
    const { displayName, workspaces = {}, when = [], matrix } = this.props;
    return [
      ...textsIn('displayName', displayName, 'fixed'),
      ...textsIn('taskRef', this.task.taskRef, 'fixed'),
      ...params,
      ...when.flatMap((condition) => condition._texts()),
      ...(matrix ? matrixTexts(matrix) : []),
      ...Object.entries(workspaces).flatMap(([name, value]) => textsIn(`workspace ${name}`, value._subPath, 'fixed')),
    ];
  }
}

/** Refuses what can be seen without the rest of the Pipeline. */
function requireUse(path: string, props: PipelineTaskProps): void {
  const { params = {}, workspaces = {}, matrix, retries = 0, onError, serviceAccountName } = props;
  requireInteger(path, 'retries', retries, 0, Number.POSITIVE_INFINITY);
  if (onError === OnError.CONTINUE && retries > 0) {
    throw new Error(`${path}: onError CONTINUE with ${retries} retries; expected one of them; fix: remove one`);
  }
  for (const name of Object.keys(params)) {
    requireParamName(path, name);
  }
  requireValues(path, params);
  for (const name of Object.keys(workspaces)) {
    requireName(path, 'the name of a workspace', name, /^[A-Za-z0-9._-]+$/, 'letters, digits, ".", "_" and "-"');
  }
  if (matrix) {
    requireMatrix(path, matrix);
  }
  if (serviceAccountName !== undefined) {
    requireSubdomain(path, 'serviceAccountName', serviceAccountName);
  }
}
