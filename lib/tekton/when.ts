import { type LocatedText, textsIn } from '../rules/reference';
import { refuse } from '../rules/values';

/**
 * A condition on which a task runs. A task that is skipped does not keep tasks that are merely ordered after it from
 * running, only those that use its results. (`docs/pipelines.md` of tektoncd/pipeline v1.15.)
 */
export class When {
  /** Runs when a value is one of these. Compared to the letter, a newline at the end included. */
  public static isIn(input: string, values: string[]): When {
    return new When({ input, operator: 'in', values: [...values] });
  }

  /** Runs when a value is none of these. */
  public static notIn(input: string, values: string[]): When {
    return new When({ input, operator: 'notin', values: [...values] });
  }

  /** Runs when an expression in CEL is true. Needs Tekton's feature flag `enable-cel-in-whenexpression`. */
  public static cel(expression: string): When {
    if (!expression) {
      refuse('When.cel', 'the expression', expression, 'one in CEL', "write one, such as \"'$(params.x)' == 'y'\"");
    }
    return new When({ cel: expression });
  }

  private constructor(
    private readonly condition: { input?: string; operator?: string; values?: string[]; cel?: string },
  ) {
    if (condition.values?.length === 0) {
      throw new Error(
        `When ${condition.operator} ${condition.input}: no values; expected at least one; fix: add a value`,
      );
    }
  }

  /** @internal */
  public _render(): { input?: string; operator?: string; values?: string[]; cel?: string } {
    return { ...this.condition };
  }

  /** @internal */
  public _texts(): LocatedText[] {
    const { input, cel, values } = this.condition;
    return [...textsIn('when', input, 'fixed'), ...textsIn('when', values, 'values'), ...textsIn('when', cel, 'fixed')];
  }
}
