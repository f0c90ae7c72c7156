import type { Duration } from 'cdk8s';
import type { PipelineSpecTasks } from '../../imports/tekton.dev';
import { byName } from '../rules/graph';
import type { BoundParam, PipelineTaskModel } from '../rules/model';
import { type LocatedText, textsIn } from '../rules/reference';
import { goDuration, requireInteger, requireLabel } from '../rules/values';
import type { Pipeline } from './pipeline';
import { OnError } from './step';
import type { ITask } from './task';
import type { When } from './when';
import type { PipelineWorkspace } from './workspace';

/** One more combination of a matrix. */
export interface MatrixInclude {
  /**
   * Its name.
   * @default - none
   */
  readonly name?: string;
  /** Its params. */
  readonly params: { readonly [name: string]: string };
}

/** Runs a task once for each combination of values, at most 256 times by Tekton's default. */
export interface Matrix {
  /**
   * For each param the list of its values, or a variable for an array result.
   * @default - none
   */
  readonly params?: { readonly [name: string]: any };
  /**
   * Single combinations, in addition.
   * @default - none
   */
  readonly include?: MatrixInclude[];
}

/** How a Pipeline uses a Task. */
export interface PipelineTaskProps {
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
}

/** A Task in use in a Pipeline. Made by `Pipeline.addTask` and `Pipeline.addFinally`. */
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
    this.name = requireLabel(this.path, 'the name of a task', name);
    requireInteger(this.path, 'retries', props.retries ?? 0, 0, Number.POSITIVE_INFINITY);
    if (props.onError === OnError.CONTINUE && props.retries) {
      throw new Error(
        `${this.path}: onError CONTINUE with ${props.retries} retries; expected one of them; fix: remove one`,
      );
    }
    for (const [param, value] of Object.entries(props.params ?? {})) {
      requireValue(this.path, param, value);
    }
    this.props = { ...props };
    this.after = [...(props.runAfter ?? [])];
    this.serviceAccountName = props.serviceAccountName;
    pipeline._addUse(this);
  }

  /** The variable for a result of this task. */
  public result(name: string): string {
    return `$(tasks.${this.name}.results.${name})`;
  }

  /** The variable for a whole array result of this task. */
  public arrayResult(name: string): string {
    return `$(tasks.${this.name}.results.${name}[*])`;
  }

  /** The variable for how this task ended, in `finally` tasks only: `Succeeded`, `Failed` or `None`. */
  public get status(): string {
    return `$(tasks.${this.name}.status)`;
  }

  /** Has this task wait for another one. */
  public addRunAfter(...tasks: PipelineTask[]): void {
    this.after.push(...tasks);
    this.pipeline._changed();
  }

  /** @internal */
  public get _final(): boolean {
    return this.final;
  }

  /** @internal */
  public get _task(): ITask {
    return this.task;
  }

  /** Longest time in seconds, all tries included. @internal */
  public get _seconds(): number | undefined {
    const { timeout, retries = 0 } = this.props;
    return timeout && timeout.toSeconds() * (retries + 1);
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
    const { workspaces = {}, matrix } = this.props;
    const params = this._params();
    return {
      path: this.path,
      name: this.name,
      final: this.final,
      task: this.task._model?.(),
      params: [
        ...boundParams(params),
        ...Object.keys(matrix?.params ?? {}).map((name) => ({ name, type: 'string' as const })),
        ...includedParams(matrix),
      ],
      workspaces: Object.entries(workspaces).map(([name, workspace]) => ({ name, workspace: workspace.name })),
      texts: this.texts(),
      runAfter: this.after.map((task) =>
        task.pipeline === this.pipeline ? task.name : `${task.path} (another pipeline)`,
      ),
      hasMatrix: matrix !== undefined,
      seconds: this._seconds,
    };
  }

  /** @internal */
  public _render(runAfter: readonly string[] = []): PipelineSpecTasks {
    const { workspaces, when, matrix, retries, timeout, onError } = this.props;
    const list = (values: { readonly [name: string]: any } = {}) => {
      const entries = Object.entries(values).sort(([a], [b]) => byName(a, b));
      return entries.length > 0 ? entries.map(([name, value]) => ({ name, value: plain(value) })) : undefined;
    };
    return {
      name: this.name,
      taskRef: { ...this.task.taskRef },
      runAfter: runAfter.length > 0 ? [...runAfter] : undefined,
      params: list(this._params()),
      workspaces:
        workspaces &&
        Object.entries(workspaces)
          .sort(([a], [b]) => byName(a, b))
          .map(([name, workspace]) => ({ name, workspace: workspace.name, subPath: workspace._subPath })),
      when: when?.map((condition) => condition._render()),
      matrix: matrix && {
        params: list(matrix.params),
        include: matrix.include?.map((include) => ({ name: include.name, params: list(include.params) })),
      },
      retries: retries || undefined,
      timeout: timeout && goDuration(timeout),
      onError,
    };
  }

  private texts(): LocatedText[] {
    const { workspaces = {}, when = [], matrix } = this.props;
    return [
      ...textsIn('taskRef', this.task.taskRef),
      ...Object.entries(this._params()).flatMap(([name, value]) => textsIn(`param ${name}`, value)),
      ...when.flatMap((condition) => textsIn('when', condition._render())),
      ...Object.entries(matrix?.params ?? {}).flatMap(([name, value]) => textsIn(`matrix param ${name}`, value)),
      ...(matrix?.include ?? []).flatMap((include) => textsIn('matrix include', include.params)),
      ...Object.entries(workspaces).flatMap(([name, value]) => textsIn(`workspace ${name}`, value._subPath)),
    ];
  }
}

/** The params of a matrix' single combinations that are not in its lists as well. */
function includedParams(matrix: Matrix | undefined): BoundParam[] {
  const names = new Set((matrix?.include ?? []).flatMap((include) => Object.keys(include.params)));
  return [...names].filter((name) => !(name in (matrix?.params ?? {}))).map((name) => ({ name, type: 'string' }));
}

/** What is bound, with its types. @internal */
export function boundParams(params: { readonly [name: string]: any }): BoundParam[] {
  return Object.entries(params).map(([name, value]) => ({
    name,
    type: Array.isArray(value) ? 'array' : typeof value === 'object' ? 'object' : 'string',
    whole: typeof value === 'string' && /^\$\([^()]+\[\*\]\)$/.test(value) ? value : undefined,
  }));
}

/** Numbers and truth values as the strings that Tekton makes of them; lists and maps as copies. @internal */
export function plain(value: any): any {
  if (Array.isArray(value)) {
    return value.map((item) => String(item));
  }
  return typeof value === 'object'
    ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, String(item)]))
    : String(value);
}

/** Refuses what Tekton can't take as the value of a param. @internal */
export function requireValue(path: string, name: string, value: any): void {
  const scalar = (item: any) => ['string', 'number', 'boolean'].includes(typeof item);
  const nested = typeof value === 'object' && value !== null && Object.values(value).every(scalar);
  if (!scalar(value) && !nested) {
    throw new Error(
      `${path}: param ${name} is ${JSON.stringify(value) ?? typeof value}; expected a string, a list of strings or a map of strings; ` +
        `fix: give ${name} such a value, or leave it out`,
    );
  }
}
