import type { ParamModel, ParamType } from '../rules/model';
import { refuse, requireInteger, requireObjectKeys, requireOneOf, requireParamName } from '../rules/values';

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
   * Its value where none is given. Keys that it leaves out have to be given.
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
      defaultKeys: properties && Object.keys(value ?? {}),
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
    const { allowedValues, defaultValue } = props;
    if (allowedValues && new Set(allowedValues).size < Math.max(allowedValues.length, 1)) {
      const fix = 'name each value once, or leave them out';
      refuse(`${path}/${name}`, 'allowedValues', allowedValues, 'different values, at least one', fix);
    }
    if (allowedValues && defaultValue) {
      requireOneOf(`${path}/${name}`, 'defaultValue', defaultValue, allowedValues);
    }
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
    requireInteger(`param ${this.name}`, 'the index of an element', index, 0, Number.MAX_SAFE_INTEGER);
    return this._variable(`[${index}]`);
  }
}

/** An object param. Made by `addObjectParam` of a Task or a Pipeline. */
export class ObjectParam extends ParamBase {
  private readonly keys: readonly string[];

  /** @internal */
  public constructor(path: string, name: string, props: ObjectParamProps) {
    const keys = [...requireObjectKeys(`${path}/${name}`, props.keys)];
    for (const key of Object.keys(props.defaultValue ?? {})) {
      requireOneOf(`${path}/${name}`, 'a key of defaultValue', key, keys);
    }
    super(path, name, 'object', {
      description: props.description,
      default: props.defaultValue && { ...props.defaultValue },
      properties: Object.fromEntries(keys.map((key) => [key, { type: 'string' }])),
    });
    this.keys = keys;
  }

  /** The variable for the whole object: `$(params.NAME[*])`, for the whole value of a param of a Pipeline's task. */
  public get ref(): string {
    return this._variable('[*]');
  }

  /** The variable for the value of one key. */
  public key(key: string): string {
    requireOneOf(`param ${this.name}`, 'the key', key, this.keys);
    return this._variable(`.${key}`);
  }
}
