import type { StepModel } from '../rules/model';
import { isVariable, refuse, requireInteger, requireName } from '../rules/values';
import { type ContainerProps, containerModel, renderContainer, requireContainer } from './container';
import { copy } from './copy';

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
  /** Path that answers with a status from 200 to 399. Tekton puts no variables into it. */
  readonly path: string;
}

/** A sidecar of a Task. Made by `Task.addSidecar`. */
export class Sidecar {
  /** Its name. */
  public readonly name: string;
  private readonly props: SidecarProps;

  /** @internal */
  public constructor(path: string, name: string, props: SidecarProps) {
    const what = `sidecar ${name}`;
    this.name = requireName(path, 'the name of a sidecar', name);
    if (name === 'tekton-log-results') {
      refuse(path, 'the name of a sidecar', name, "another name than that of Tekton's own", 'rename it');
    }
    requireContainer(path, what, props);
    if (!props.image) {
      refuse(
        path,
        `the image of ${what}`,
        props.image,
        'an image, which it does not get from the stepTemplate',
        'name one',
      );
    }
    for (const port of [...(props.ports ?? []), ...(props.readinessProbe ? [props.readinessProbe.port] : [])]) {
      requireInteger(path, `a port of ${what}`, port, 1, 65535);
    }
    const probed = props.readinessProbe?.path;
    if (probed !== undefined && isVariable(probed)) {
      const expected = 'a path without variables, because Tekton leaves them as they are';
      refuse(path, `readinessProbe.path of ${what}`, probed, expected, 'write the path');
    }
    this.props = copy({ ...props });
  }

  /** @internal */
  public _model(): StepModel {
    const { script, command } = this.props;
    return {
      ...containerModel(`sidecar ${this.name}`, this.props),
      kind: 'sidecar',
      name: this.name,
      script,
      hasCommand: command !== undefined,
      results: [],
    };
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
