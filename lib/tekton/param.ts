import type { ParamModel, ParamType } from '../rules/model';
import { requireObjectKey, requireParamName } from '../rules/values';

/** How to declare a string param. */
export interface ParamProps {
  /**
   * What the param is for.
   * @default - none
   */
  readonly description?: string;
  /**
   * Its value where none is given.
   * @default - a value has to be given
   */
  readonly defaultValue?: string;
  /**
   * The values that are allowed. Needs Tekton's feature flag `enable-param-enum`.
   * @default - any
   */
  readonly allowedValues?: string[];
}

/** How to declare an array param. */
export interface ArrayParamProps {
  /**
   * What the param is for.
   * @default - none
   */
  readonly description?: string;
  /**
   * Its value where none is given.
   * @default - a value has to be given
   */
  readonly defaultValue?: string[];
}

/** How to declare an object param. */
export interface ObjectParamProps {
  /** The keys of the object; all their values are strings. */
  readonly keys: string[];
  /**
   * What the param is for.
   * @default - none
   */
  readonly description?: string;
  /**
   * Its value where none is given.
   * @default - a value has to be given
   */
  readonly defaultValue?: { readonly [key: string]: string };
}

/** A param: what both Tasks and Pipelines are given when they run. */
export abstract class ParamBase {
  /** Its name. */
  public readonly name: string;

  /** @internal */
  protected constructor(
    path: string,
    name: string,
    private readonly type: ParamType,
    private readonly details: { readonly [field: string]: any },
  ) {
    this.name = requireParamName(path, name, type);
  }

  /**
   * A name with a dot needs brackets in a variable.
   * @internal
   */
  protected _variable(suffix: string): string {
    return this.name.includes('.') ? `$(params["${this.name}"]${suffix})` : `$(params.${this.name}${suffix})`;
  }

  /** @internal */
  public _model(): ParamModel {
    const { default: value, properties } = this.details;
    return {
      name: this.name,
      type: this.type,
      required: value === undefined,
      keys: properties && Object.keys(properties),
    };
  }

  /** @internal */
  public _render(): { readonly name: string; readonly type: ParamType; readonly [field: string]: any } {
    return { name: this.name, type: this.type, ...this.details };
  }
}

/** A string param. Made by `addParam` of a Task or a Pipeline. */
export class Param extends ParamBase {
  /** @internal */
  public constructor(path: string, name: string, props: ParamProps = {}) {
    super(path, name, 'string', {
      description: props.description,
      default: props.defaultValue,
      enum: props.allowedValues && [...props.allowedValues],
    });
  }

  /** The variable that stands for its value: `$(params.NAME)`. */
  public get ref(): string {
    return this._variable('');
  }
}

/** An array param. Made by `addArrayParam` of a Task or a Pipeline. */
export class ArrayParam extends ParamBase {
  /** @internal */
  public constructor(path: string, name: string, props: ArrayParamProps = {}) {
    super(path, name, 'array', {
      description: props.description,
      default: props.defaultValue && [...props.defaultValue],
    });
  }

  /** The variable for the whole array: `$(params.NAME[*])`. In a step it has to be an item of its own in `args` or `command`. */
  public get ref(): string {
    return this._variable('[*]');
  }

  /** The variable for one element, counted from 0. */
  public at(index: number): string {
    return this._variable(`[${index}]`);
  }
}

/** An object param. Made by `addObjectParam` of a Task or a Pipeline. */
export class ObjectParam extends ParamBase {
  /** @internal */
  public constructor(path: string, name: string, props: ObjectParamProps) {
    super(path, name, 'object', {
      description: props.description,
      default: props.defaultValue && { ...props.defaultValue },
      properties: Object.fromEntries(props.keys.map((key) => [key, { type: 'string' }])),
    });
    for (const key of props.keys) {
      requireObjectKey(`${path}/${name}`, key);
    }
  }

  /** The variable for the whole object: `$(params.NAME[*])`. */
  public get ref(): string {
    return this._variable('[*]');
  }

  /** The variable for the value of one key. */
  public key(key: string): string {
    return this._variable(`.${key}`);
  }
}
