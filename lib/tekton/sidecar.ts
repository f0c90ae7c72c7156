import type { StepModel } from '../rules/model';
import { requireLabel } from '../rules/values';
import { type ContainerProps, containerModel, renderContainer } from './container';

/** A program that runs beside the steps. Tekton ends it when the last step has ended. */
export interface SidecarProps extends ContainerProps {
  /**
   * Ports it listens on, which is information only.
   * @default - none
   */
  readonly ports?: number[];
  /**
   * Port and path that answer once it is ready; the steps wait for it.
   * @default - ready when it runs
   */
  readonly readinessProbe?: HttpProbe;
}

/** Where a container says by HTTP how it is. */
export interface HttpProbe {
  /** Port. */
  readonly port: number;
  /** Path that answers with a status from 200 to 399. */
  readonly path: string;
}

/** A sidecar of a Task. Made by `Task.addSidecar`. */
export class Sidecar {
  /** Its name. */
  public readonly name: string;
  private readonly props: SidecarProps;

  /** @internal */
  public constructor(path: string, name: string, props: SidecarProps) {
    this.name = requireLabel(path, 'the name of a sidecar', name);
    this.props = { ...props };
  }

  /** @internal */
  public _model(): StepModel {
    return containerModel('sidecar', this.name, this.props, []);
  }

  /** @internal */
  public _render(): { name: string; [field: string]: any } {
    const { ports, readinessProbe, ...container } = this.props;
    return {
      name: this.name,
      ...renderContainer(container),
      ports: ports?.map((containerPort) => ({ containerPort })),
      readinessProbe: readinessProbe && { httpGet: { ...readinessProbe }, periodSeconds: 1 },
    };
  }
}
