import { requireResultName } from '../rules/values';

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
   * A variable that gives the value, such as a result of a step.
   * @default - a step writes the value to the file `path`
   */
  readonly value?: string;
}

/** A result of a Task: a short text, all results of a Task together below 4 KiB. Made by `addResult`. */
export class Result {
  /** Its name. */
  public readonly name: string;

  /** @internal */
  public constructor(
    path: string,
    name: string,
    private readonly props: ResultProps = {},
  ) {
    this.name = requireResultName(path, name);
  }

  /** The variable for the file that a step writes the value to. A newline at its end becomes part of the value. */
  public get path(): string {
    return `$(results.${this.name}.path)`;
  }

  /** @internal */
  public get _value(): string | undefined {
    return this.props.value;
  }

  /** @internal */
  public _render(): { name: string; type: ResultType; description?: string; value?: string } {
    const { type = ResultType.STRING, description, value } = this.props;
    return { name: this.name, type, description, value };
  }
}
