import type { Construct } from 'constructs';
import type { PipelineSpec } from '../../imports/tekton.dev';
import { edgesOf, longestPath } from '../rules/graph';
import type { PipelineModel } from '../rules/model';
import { PipelineShape } from '../rules/pipeline-shape';
import type { Problem } from '../rules/problem';
import { textsIn } from '../rules/reference';
import { refuse, requireObjectName, requireResultName } from '../rules/values';
import { PipelineTask, type PipelineTaskProps } from './pipeline-task';
import type { Resolver } from './resolver';
import type { ITask } from './task';
import { sorted, TektonDefinition, type TektonDefinitionProps } from './tekton-definition';
import { TektonObject } from './tekton-object';
import { PipelineWorkspace, type PipelineWorkspaceProps } from './workspace';
import type { WorkspaceBinding } from './workspace-binding';

/** A Pipeline, whether it is defined in this app or elsewhere. */
export interface IPipeline {
  /** What a PipelineRun writes to say which Pipeline it means. */
  readonly pipelineRef: { readonly [field: string]: any };

  /** @internal */
  _model?(): PipelineModel;
}

/** What a Pipeline is made with. Everything else is added to it. */
export interface PipelineProps extends TektonDefinitionProps {}

/** How to declare a result of a Pipeline. */
export interface PipelineResultProps {
  /** A variable for a result of a task, `finally` tasks included. More of them, and text, may follow it. */
  readonly value: string;
  /**
   * What the result says.
   * @default - none
   */
  readonly description?: string;
}

/** One task runs after another, and why. */
export interface PipelineEdge {
  /** The task that runs first. */
  readonly before: string;
  /** The task that waits. */
  readonly after: string;
  /** Why: "param image uses result build.IMAGE_URL". */
  readonly reasons: string[];
}

/**
 * A Tekton Pipeline: Tasks in use, in an order that follows from what they use of each other.
 *
 * A task whose params, conditions, matrix or workspaces use a result of another task runs after it. The order is written
 * out as `runAfter`, without what follows from the rest, because viewers show only that.
 */
export class Pipeline extends TektonDefinition implements IPipeline {
  /** A Pipeline of this name that exists in the run's namespace. Its params are not checked. */
  public static fromName(name: string): IPipeline {
    return { pipelineRef: { name: requireObjectName('Pipeline.fromName', 'the name', name) } };
  }

  /** A Pipeline that Tekton fetches from elsewhere when it runs. Its params are not checked. */
  public static fromResolver(resolver: Resolver): IPipeline {
    return { pipelineRef: resolver._render('pipeline') };
  }

  private readonly workspaces: PipelineWorkspace[] = [];
  private readonly uses: PipelineTask[] = [];
  private readonly results: (PipelineResultProps & { readonly name: string })[] = [];
  private shape?: { readonly revision: number; readonly value: PipelineShape };

  public constructor(scope: Construct, id: string, props: PipelineProps = {}) {
    super(scope, id, 'Pipeline', props);
  }

  public get pipelineRef(): { readonly [field: string]: any } {
    return { name: this.name };
  }

  /** The tasks, those under `finally` included, in the order in which they were added. */
  public get tasks(): PipelineTask[] {
    return [...this.uses];
  }

  /** What runs of this app bind to its workspaces where they say nothing else. @internal */
  public _bindings(): { readonly [workspace: string]: WorkspaceBinding } {
    return Object.fromEntries(this.workspaces.flatMap(({ name, _binding }) => (_binding ? [[name, _binding]] : [])));
  }

  /** Declares a workspace that the tasks share. */
  public addWorkspace(name: string, props: PipelineWorkspaceProps = {}): PipelineWorkspace {
    return this._add(this.workspaces, new PipelineWorkspace(this.node.path, name, props));
  }

  /** Uses a Task. */
  public addTask(name: string, task: ITask, props: PipelineTaskProps = {}): PipelineTask {
    return new PipelineTask(this, name, task, props);
  }

  /**
   * Uses a Task that runs after all others have ended, however they did, and beside other such tasks.
   *
   * It does not run when a run is cancelled plainly (`Cancelled`) or its whole timeout is over, and is skipped when it
   * uses a result that was never written. (`docs/pipelines.md` of tektoncd/pipeline v1.15.)
   */
  public addFinally(name: string, task: ITask, props: PipelineTaskProps = {}): PipelineTask {
    return new PipelineTask(this, name, task, props, true);
  }

  /** Declares a result, which stands in the PipelineRun's status. */
  public addResult(name: string, props: PipelineResultProps): void {
    requireResultName(this.node.path, name);
    requireTaskResults(this.node.path, name, props.value);
    this._add(this.results, { ...props, name });
  }

  /**
   * Which tasks run after which, and why. Tasks under `finally` run after all others; they stand here with those whose
   * results or status they use.
   */
  public get edges(): PipelineEdge[] {
    const model = this._model();
    return [...edgesOf(model), ...edgesOf(model, true)].map(({ from, to, reasons }) => {
      return { before: from, after: to, reasons: [...reasons] };
    });
  }

  /** The variable for how the tasks ended together, in `finally` tasks only: `Succeeded`, `Failed`, `Completed` or `None`. */
  public get tasksStatus(): string {
    return '$(tasks.status)';
  }

  /** The order of the tasks as text, a line for each edge: "deploy runs after build: param image uses result build.image". */
  public explain(): string {
    return this.edges
      .map(({ before, after, reasons }) => `${after} runs after ${before}: ${reasons.join(', ')}`)
      .join('\n');
  }

  /** @internal */
  public override get _revision(): number {
    return this.uses.reduce((sum, { _task }) => sum + (revisionOf(_task) ?? 0), super._revision);
  }

  /** @internal */
  public _addUse(task: PipelineTask): void {
    this._add(this.uses, task);
  }

  /** @internal */
  public _model(): PipelineModel {
    return {
      path: this.node.path,
      name: this.name,
      namespace: this._namespace,
      params: this._params.map((param) => param._model()),
      workspaces: this.workspaces.map(({ name, optional }) => ({ name, optional })),
      tasks: this.uses.map((task) => task._model()),
      results: this.results.map(({ name, value }) => ({ name, texts: textsIn(`result ${name}`, value, 'value') })),
    };
  }

  /**
   * Longest time in seconds that the tasks and those under `finally` can take, all tries included. A task without a
   * timeout of its own counts with Tekton's default of an hour; what a run says of single tasks goes first.
   * @internal
   */
  public _seconds(overrides: ReadonlyMap<string, number>): { readonly tasks: number; readonly finally: number } {
    const model = this._model();
    const seconds = new Map(
      model.tasks.map(({ name, seconds: own, tries }) => {
        const one = overrides.get(name) ?? own ?? 3600;
        // 0 is no limit.
        return [name, one === 0 ? Number.POSITIVE_INFINITY : one * tries];
      }),
    );
    const names = model.tasks.filter((task) => !task.final).map((task) => task.name);
    const last = model.tasks.filter((task) => task.final).map((task) => seconds.get(task.name) ?? 0);
    return {
      tasks: longestPath(names, edgesOf(model), (name) => seconds.get(name) ?? 0).sum,
      finally: Math.max(0, ...last),
    };
  }

  /** @internal */
  protected _problems(): Problem[] {
    return this.knownShape().problems(() => this._model());
  }

  /** @internal */
  protected _render(): PipelineSpec {
    const { runAfter } = this.knownShape();
    const position = new Map([...runAfter.keys()].map((name, i) => [name, i]));
    return {
      ...this._texts,
      params: sorted(this._params, (param) => param._render()) as PipelineSpec['params'],
      workspaces: sorted(this.workspaces, (workspace) => workspace._render()),
      tasks: this.uses
        .filter((task) => !task._final)
        .sort((a, b) => (position.get(a.name) ?? 0) - (position.get(b.name) ?? 0))
        .map((task) => task._render(runAfter.get(task.name))),
      finally: sorted(
        this.uses.filter((task) => task._final),
        (task) => task._render(),
      ),
      results: sorted(this.results, ({ name, description, value }) => ({ name, description, value })),
    };
  }

  private knownShape(): PipelineShape {
    const revision = this._revision;
    if (this.shape?.revision !== revision) {
      this.shape = { revision, value: PipelineShape.of(this.node.root, this._model()) };
    }
    return this.shape.value;
  }
}

/**
 * Tekton cuts the value before every "$", and takes the pieces for results of tasks, so it has to begin with one and to have
 * no other variables. (`taskContainsResult` in `pkg/apis/pipeline/v1/pipeline_validation.go` of tektoncd/pipeline v1.15.)
 */
function requireTaskResults(path: string, name: string, value: string): void {
  const pieces = typeof value === 'string' ? value.split('$').filter((piece) => piece !== '') : [];
  const right = pieces.every((piece) => {
    const [root, , kind, result, ...rest] = piece.replace(/^\(/, '').replace(/\)$/, '').split('.');
    return ['tasks', 'finally'].includes(root) && kind === 'results' && result && rest.length < 2;
  });
  if (pieces.length === 0 || !right || !value.startsWith('$(')) {
    const expected = 'a variable for the result of a task at its beginning, and no other variables in it';
    refuse(path, `the value of result ${name}`, value, expected, "take the task's result()");
  }
}

/** A Task of this app can still be added to after a Pipeline uses it. */
function revisionOf(task: ITask): number | undefined {
  return task instanceof TektonObject ? task._revision : undefined;
}
