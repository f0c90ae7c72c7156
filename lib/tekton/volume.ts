import { requireLabel } from '../rules/values';

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
    return new Volume(name, { ...source });
  }

  private constructor(
    /** Its name. */
    public readonly name: string,
    /** @internal */
    public readonly _source: { readonly [field: string]: any },
  ) {
    requireLabel(`Volume ${name}`, 'its name', name);
  }

  /** @internal */
  public _render(): { name: string; [field: string]: any } {
    return { name: this.name, ...this._source };
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
