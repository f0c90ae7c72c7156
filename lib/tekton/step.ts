import type { Duration } from 'cdk8s';
import type { StepModel } from '../rules/model';
import { goDuration, requireLabel, requireResultName } from '../rules/values';
import { type ContainerProps, containerModel, renderContainer } from './container';

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
  public constructor(path: string, name: string, props: StepProps) {
    this.name = requireLabel(path, 'the name of a step', name);
    for (const result of Object.keys(props.results ?? {})) {
      requireResultName(`${path}/${name}`, result);
    }
    this.props = { ...props };
  }

  /** The variable for a result of this step, for `env`, `args` and `command` of later steps. */
  public result(name: string): string {
    const suffix = this.props.results?.[name] === ResultType.ARRAY ? '[*]' : '';
    return `$(steps.${this.name}.results.${name}${suffix})`;
  }

  /** The variable for the file to which this step writes a result of its own. */
  public resultPath(name: string): string {
    return `$(step.results.${name}.path)`;
  }

  /** @internal */
  public _model(): StepModel {
    return containerModel('step', this.name, this.props, Object.keys(this.props.results ?? {}));
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
}
