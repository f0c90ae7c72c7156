import { refuse, requireName } from '../rules/values';
import { copy } from './copy';

/** A volume of a Task's pod, which steps mount by its name. */
export class Volume {
  /** An empty folder that the steps share, gone with the pod. */
  public static emptyDir(name: string): Volume {
    return new Volume(name, { emptyDir: {} });
  }

  /** The keys of a Secret as files. */
  public static secret(name: string, secretName: string): Volume {
    return new Volume(name, { secret: { secretName } });
  }

  /** The keys of a ConfigMap as files. */
  public static configMap(name: string, configMapName: string): Volume {
    return new Volume(name, { configMap: { name: configMapName } });
  }

  /** A claim that exists. */
  public static persistentVolumeClaim(name: string, claimName: string): Volume {
    return new Volume(name, { persistentVolumeClaim: { claimName } });
  }

  /** Anything else that Kubernetes knows, in its own fields: `{ projected: { … } }`. */
  public static custom(name: string, source: { readonly [field: string]: any }): Volume {
    return new Volume(name, copy({ ...source }));
  }

  private constructor(
    /** Its name. */
    public readonly name: string,
    /** @internal */
    public readonly _source: { readonly [field: string]: any },
  ) {
    requireName(`Volume ${name}`, 'its name', name);
    requireOneSource(`Volume ${name}`, _source);
  }

  /** @internal */
  public _render(): { name: string; [field: string]: any } {
    return { name: this.name, ...this._source };
  }
}

/** A volume comes from one place, and its name and folder are said elsewhere. @internal */
export function requireOneSource(path: string, source: { readonly [field: string]: any }): void {
  const fields = Object.keys(source).filter((field) => source[field] !== undefined);
  if (fields.length !== 1 || ['name', 'subPath'].includes(fields[0])) {
    const fix = 'leave one field, such as { projected: { … } }';
    refuse(path, 'its source', source, 'one field that says where the volume comes from', fix);
  }
}

/** Where a step sees a volume. */
export interface VolumeMount {
  /** The volume's name. */
  readonly name: string;
  /** The folder in the container. */
  readonly mountPath: string;
  /**
   * A folder or file of the volume.
   * @default - the whole volume
   */
  readonly subPath?: string;
  /**
   * Whether the container only reads from it.
   * @default false
   */
  readonly readOnly?: boolean;
}
