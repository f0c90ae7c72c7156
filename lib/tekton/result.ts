import type { ParamType, ResultModel } from '../rules/model';
import { textsIn } from '../rules/reference';
import { refuse, requireObjectKeys, requireResultName } from '../rules/values';

/** What type a result has. */
export enum ResultType {
  /** Text. */
  STRING = 'string',
  /** A list of texts, written as JSON. */
  ARRAY = 'array',
}

/** How to declare a result of a Task. */
export interface ResultProps {
  /**
   * What the result says.
   * @default - none
   */
  readonly description?: string;
  /**
   * What type it has.
   * @default ResultType.STRING
   */
  readonly type?: ResultType;
  /**
   * The variable for a result of a step, of the same type: `Step.result`.
   * @default - a step writes the value to the file `path`
   */
  readonly value?: string;
}

/** How to declare a result of a Task that is an object: a map of texts, written as JSON. */
export interface ObjectResultProps {
  /** The keys of the object. */
  readonly keys: string[];
  /**
   * What the result says.
   * @default - none
   */
  readonly description?: string;
}

/** A result of a Task: a short text, all results of a Task together below 4 KiB. Made by `addResult` and `addObjectResult`. */
export class Result {
  /** Its name. */
  public readonly name: string;
  private readonly type: ParamType;
  private readonly description?: string;
  private readonly value?: string;
  private readonly keys?: readonly string[];

  /** @internal */
  public constructor(path: string, name: string, props: ResultProps, object?: ObjectResultProps) {
    this.name = requireResultName(path, name);
    this.type = object ? 'object' : (props.type ?? ResultType.STRING);
    this.description = props.description ?? object?.description;
    this.value = props.value === undefined ? undefined : stepResult(path, name, props.value);
    this.keys = object && [...requireObjectKeys(`${path}/${name}`, object.keys)];
  }

  /** The variable for the file that a step writes the value to. A newline at its end becomes part of the value. */
  public get path(): string {
    return `$(results.${this.name}.path)`;
  }

  /** @internal */
  public _model(): ResultModel {
    const [value] = textsIn(`value of result ${this.name}`, this.value, 'result');
    return { name: this.name, type: this.type, keys: this.keys, value };
  }

  /** @internal */
  public _render(): { name: string; type: string; [field: string]: any } {
    const { name, type, description, value, keys } = this;
    const properties = keys && Object.fromEntries(keys.map((key) => [key, { type: 'string' }]));
    return { name, type, description, value, properties };
  }
}

/**
 * Tekton takes the name of a step's result here, even of an array, and nothing around it.
 * (`validateValue` in `pkg/apis/pipeline/v1/result_validation.go` of tektoncd/pipeline v1.15.)
 */
function stepResult(path: string, name: string, value: string): string {
  const match = /^(\$\(steps\.[a-z0-9-]+\.results\.[A-Za-z0-9_-]+)(\[\*\])?\)$/.exec(value);
  if (!match) {
    const fix = "take the step's result(), or have a step write the value to the result's path";
    return refuse(path, `the value of result ${name}`, value, 'the variable for a result of a step', fix);
  }
  return `${match[1]})`;
}
