import type { Construct } from 'constructs';
import type { TaskSpec } from '../../imports/tekton.dev';
import { taskRules } from '../rules';
import type { TaskModel } from '../rules/model';
import type { Problem } from '../rules/problem';
import { textsIn } from '../rules/reference';
import { requireObjectName } from '../rules/values';
import { containerModel, renderContainer, requireContainer, type StepTemplate } from './container';
import { copy } from './copy';
import type { Resolver } from './resolver';
import { type ObjectResultProps, Result, type ResultProps } from './result';
import { Sidecar, type SidecarProps } from './sidecar';
import { Step, type StepProps } from './step';
import { sorted, TektonDefinition, type TektonDefinitionProps } from './tekton-definition';
import { pathOf } from './tekton-object';
import type { Volume } from './volume';
import { Workspace, type WorkspaceProps } from './workspace';

/** A Task, whether it is defined in this app or elsewhere. */
export interface ITask {
  /** What a Pipeline writes to say which Task it means. */
  readonly taskRef: { readonly [field: string]: any };

  /** @internal */
  _model?(): TaskModel;
}

/** What a Task is made with. Everything else is added to it. */
export interface TaskProps extends TektonDefinitionProps {
  /**
   * What all its steps have in common.
   * @default - nothing
   */
  readonly stepTemplate?: StepTemplate;
}

/**
 * A Tekton Task: steps that run one after another in a pod, with params, results and workspaces.
 *
 * A Task is a definition. It does nothing until a Pipeline uses it (`Pipeline.addTask`), which it can any number of times.
 * Nothing about one use belongs in it; hand it over by params, so that one Task serves many Pipelines.
 */
export class Task extends TektonDefinition implements ITask {
  /** A Task of this name that exists in the run's namespace. Its params and results are not checked. */
  public static fromName(name: string): ITask {
    return { taskRef: { kind: 'Task', name: requireObjectName('Task.fromName', 'the name', name) } };
  }

  /** A Task that Tekton fetches from elsewhere when it runs. Its params and results are not checked. */
  public static fromResolver(resolver: Resolver): ITask {
    return { taskRef: resolver._render('task') };
  }

  private readonly stepTemplate?: StepTemplate;
  private readonly results: Result[] = [];
  private readonly workspaces: Workspace[] = [];
  private readonly volumes: Volume[] = [];
  private readonly steps: Step[] = [];
  private readonly sidecars: Sidecar[] = [];
  private model?: { readonly revision: number; readonly value: TaskModel };

  public constructor(scope: Construct, id: string, props: TaskProps = {}) {
    requireContainer(pathOf(scope, id), 'stepTemplate', props.stepTemplate ?? {});
    super(scope, id, 'Task', props);
    this.stepTemplate = props.stepTemplate && copy({ ...props.stepTemplate });
  }

  public get taskRef(): { readonly [field: string]: any } {
    return { kind: 'Task', name: this.name };
  }

  /** Declares a result. */
  public addResult(name: string, props: ResultProps = {}): Result {
    return this._add(this.results, new Result(this.node.path, name, props));
  }

  /** Declares a result that is an object. A Pipeline uses its keys by `PipelineTask.resultKey`. */
  public addObjectResult(name: string, props: ObjectResultProps): Result {
    return this._add(this.results, new Result(this.node.path, name, {}, props));
  }

  /** Declares a workspace. */
  public addWorkspace(name: string, props: WorkspaceProps = {}): Workspace {
    return this._add(this.workspaces, new Workspace(this.node.path, name, props));
  }

  /** Adds a volume to the pod. */
  public addVolume(volume: Volume): void {
    this._add(this.volumes, volume);
  }

  /** Adds a step after those that are there. */
  public addStep(name: string, props: StepProps): Step {
    return this._add(this.steps, new Step(this.node.path, name, props, this.stepTemplate?.image));
  }

  /** Adds a program that runs beside the steps, after those that are there: Kubernetes can start them in this order. */
  public addSidecar(name: string, props: SidecarProps): Sidecar {
    return this._add(this.sidecars, new Sidecar(this.node.path, name, props));
  }

  /** @internal */
  public _model(): TaskModel {
    if (this.model?.revision !== this._revision) {
      this.model = { revision: this._revision, value: this.describeModel() };
    }
    return this.model.value;
  }

  /** @internal */
  protected _problems(): Problem[] {
    const model = this._model();
    return taskRules.flatMap((rule) => rule(model));
  }

  /** @internal */
  protected _render(): TaskSpec {
    return {
      ...this._texts,
      params: sorted(this._params, (param) => param._render()) as TaskSpec['params'],
      results: sorted(this.results, (result) => result._render()),
      workspaces: sorted(this.workspaces, (workspace) => workspace._render()),
      volumes: sorted(this.volumes, (volume) => volume._render()),
      stepTemplate: this.stepTemplate && renderContainer(this.stepTemplate),
      sidecars: this.sidecars.length > 0 ? this.sidecars.map((sidecar) => sidecar._render()) : undefined,
      steps: this.steps.map((step) => step._render()),
    };
  }

  private describeModel(): TaskModel {
    return {
      path: this.node.path,
      name: this.name,
      namespace: this._namespace,
      params: this._params.map((param) => param._model()),
      results: this.results.map((result) => result._model()),
      workspaces: this.workspaces.map(({ name, optional, _mountPath }) => ({ name, optional, mountPath: _mountPath })),
      volumes: this.volumes.map((volume) => volume.name),
      steps: [...this.steps, ...this.sidecars].map((container) => container._model()),
      stepTemplate: this.stepTemplate && containerModel('stepTemplate', this.stepTemplate),
      texts: [
        ...this.volumes.flatMap((volume) => textsIn(`volume ${volume.name}`, volume._source, 'fixed')),
        ...this.workspaces.flatMap(({ name, _mountPath }) =>
          textsIn(`mountPath of workspace ${name}`, _mountPath, 'fixed'),
        ),
      ],
    };
  }
}
