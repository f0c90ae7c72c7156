import { posix } from 'node:path';
import { requireName } from '../rules/values';
import type { WorkspaceBinding } from './workspace-binding';

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
  private readonly props: WorkspaceProps;

  /** @internal */
  public constructor(path: string, name: string, props: WorkspaceProps = {}) {
    this.name = requireName(path, 'the name of a workspace', name);
    this.props = { ...props };
  }

  /** The variable for the folder. Empty for an optional workspace that is not bound. */
  public get path(): string {
    return `$(workspaces.${this.name}.path)`;
  }

  /** The variable that says whether the workspace is bound: `true` or `false`. */
  public get bound(): string {
    return `$(workspaces.${this.name}.bound)`;
  }

  /** The variable for the name of the PersistentVolumeClaim that is bound; empty for other volumes. */
  public get claim(): string {
    return `$(workspaces.${this.name}.claim)`;
  }

  /** Whether the Task runs without it. */
  public get optional(): boolean {
    return this.props.optional ?? false;
  }

  /** @internal */
  public get _mountPath(): string | undefined {
    return this.props.mountPath;
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
  /**
   * What the PipelineRuns of this app bind to it where they say nothing else.
   * @default - nothing
   */
  readonly binding?: WorkspaceBinding;
}

/** A workspace of a Pipeline, which its tasks share. Made by `Pipeline.addWorkspace`. */
export class PipelineWorkspace {
  /** Its name. */
  public readonly name: string;
  private readonly props: PipelineWorkspaceProps;

  /** @internal */
  public constructor(
    private readonly path: string,
    name: string,
    props: PipelineWorkspaceProps = {},
    /** @internal */
    public readonly _subPath?: string,
  ) {
    this.name = requireName(path, 'the name of a workspace', name);
    this.props = { ...props };
  }

  /** The variable that says whether a run binds the workspace: `true` or `false`. */
  public get bound(): string {
    return `$(workspaces.${this.name}.bound)`;
  }

  /** Whether the Pipeline runs without it. */
  public get optional(): boolean {
    return this.props.optional ?? false;
  }

  /**
   * The same workspace for a task that sees only a folder of it; inside that, if it sees only a folder already. Variables
   * are allowed, and make edges.
   */
  public subPath(folder: string): PipelineWorkspace {
    const inside = this._subPath === undefined ? folder : posix.join(this._subPath, folder);
    return new PipelineWorkspace(this.path, this.name, this.props, inside);
  }

  /** @internal */
  public get _binding(): WorkspaceBinding | undefined {
    return this.props.binding;
  }

  /** @internal */
  public _render(): PipelineWorkspaceProps & { name: string } {
    const { binding: _, ...rest } = this.props;
    return { name: this.name, ...rest };
  }
}
