import type { Duration } from 'cdk8s';
import type { StepModel } from '../rules/model';
import { goDuration, refuse, requireInteger, requireName, requireResultName } from '../rules/values';
import { type ContainerProps, containerModel, renderContainer, requireContainer } from './container';
import { copy } from './copy';
import { ResultType } from './result';

/** What happens when a step fails. */
export enum OnError {
  /** The task fails. */
  STOP_AND_FAIL = 'stopAndFail',
  /** The task goes on. */
  CONTINUE = 'continue',
}

/** A step of a Task. */
export interface StepProps extends ContainerProps {
  /**
   * How long it may take.
   * @default - as long as the task
   */
  readonly timeout?: Duration;
  /**
   * What happens when it fails.
   * @default OnError.STOP_AND_FAIL
   */
  readonly onError?: OnError;
  /**
   * Names and types of results that later steps use by `Step.result`.
   * @default - none
   */
  readonly results?: { readonly [name: string]: ResultType };
}

/** A step of a Task. Made by `Task.addStep`. */
export class Step {
  /** Its name. */
  public readonly name: string;
  private readonly props: StepProps;

  /** @internal */
  public constructor(path: string, name: string, props: StepProps, templateImage?: string) {
    this.name = requireName(path, 'the name of a step', name);
    for (const result of Object.keys(props.results ?? {})) {
      requireResultName(`${path}/${name}`, result);
    }
    requireContainer(path, `step ${name}`, props);
    if (!props.image && !templateImage) {
      refuse(path, `the image of step ${name}`, props.image, 'an image here or in the stepTemplate', 'name one');
    }
    this.props = copy({ ...props });
  }

  /**
   * The variable for a result of this step, for `env`, `args` and `command` of later steps and for the Task's results. A
   * whole array has to be an item of its own in `args` or `command`.
   */
  public result(name: string): string {
    return `$(steps.${this.name}.results.${name}${this.typeOf(name) === ResultType.ARRAY ? '[*]' : ''})`;
  }

  /** The variable for one element of an array result of this step, counted from 0. */
  public resultElement(name: string, index: number): string {
    requireInteger(`step ${this.name}`, `the index of result ${name}`, index, 0, Number.MAX_SAFE_INTEGER);
    return `$(steps.${this.name}.results.${name}[${index}])`;
  }

  /** The variable for the file to which this step writes a result of its own. */
  public resultPath(name: string): string {
    return `$(step.results.${name}.path)`;
  }

  /** The variable for the file with this step's exit code, for later steps of a Task in which it may fail. */
  public get exitCodePath(): string {
    return `$(steps.step-${this.name}.exitCode.path)`;
  }

  /** @internal */
  public _model(): StepModel {
    const { script, command, results = {} } = this.props;
    return {
      ...containerModel(`step ${this.name}`, this.props),
      kind: 'step',
      name: this.name,
      script,
      hasCommand: command !== undefined,
      results: Object.entries(results).map(([name, type]) => ({ name, type })),
    };
  }

  /** @internal */
  public _render(): { name: string; [field: string]: any } {
    const { timeout, onError, results, ...container } = this.props;
    return {
      name: this.name,
      ...renderContainer(container),
      timeout: timeout && goDuration(timeout),
      onError,
      results: results && Object.entries(results).map(([name, type]) => ({ name, type })),
    };
  }

  private typeOf(result: string): ResultType | undefined {
    return this.props.results?.[result];
  }
}
