import { requireLabel } from '../rules/values';

/** How a Task declares a workspace. */
export interface WorkspaceProps {
  /**
   * What the workspace is for.
   * @default - none
   */
  readonly description?: string;
  /**
   * Where it is mounted.
   * @default - /workspace/NAME
   */
  readonly mountPath?: string;
  /**
   * Whether the Task only reads from it.
   * @default false
   */
  readonly readOnly?: boolean;
  /**
   * Whether the Task runs without it. Its path is then empty.
   * @default false
   */
  readonly optional?: boolean;
}

/** A workspace of a Task: a folder that comes from outside. Made by `Task.addWorkspace`. */
export class Workspace {
  /** Its name. */
  public readonly name: string;

  /** @internal */
  public constructor(
    path: string,
    name: string,
    private readonly props: WorkspaceProps = {},
  ) {
    this.name = requireLabel(path, 'the name of a workspace', name);
  }

  /** The variable for the folder. Empty for an optional workspace that is not bound. */
  public get path(): string {
    return `$(workspaces.${this.name}.path)`;
  }

  /** The variable that says whether the workspace is bound: `true` or `false`. */
  public get bound(): string {
    return `$(workspaces.${this.name}.bound)`;
  }

  /** Whether the Task runs without it. */
  public get optional(): boolean {
    return this.props.optional ?? false;
  }

  /** @internal */
  public _render(): WorkspaceProps & { name: string } {
    return { name: this.name, ...this.props };
  }
}

/** How a Pipeline declares a workspace. */
export interface PipelineWorkspaceProps {
  /**
   * What the workspace is for.
   * @default - none
   */
  readonly description?: string;
  /**
   * Whether the Pipeline runs without it.
   * @default false
   */
  readonly optional?: boolean;
}

/** A workspace of a Pipeline, which its tasks share. Made by `Pipeline.addWorkspace`. */
export class PipelineWorkspace {
  /** Its name. */
  public readonly name: string;

  /** @internal */
  public constructor(
    private readonly path: string,
    name: string,
    private readonly props: PipelineWorkspaceProps = {},
    /** @internal */
    public readonly _subPath?: string,
  ) {
    this.name = requireLabel(path, 'the name of a workspace', name);
  }

  /** Whether the Pipeline runs without it. */
  public get optional(): boolean {
    return this.props.optional ?? false;
  }

  /** The same workspace for a task that sees only a folder of it. Variables are allowed, and make edges. */
  public subPath(folder: string): PipelineWorkspace {
    return new PipelineWorkspace(this.path, this.name, this.props, folder);
  }

  /** @internal */
  public _render(): PipelineWorkspaceProps & { name: string } {
    return { name: this.name, ...this.props };
  }
}
