import type { Construct } from 'constructs';
import { describe, type Problem } from './problem';

/**
 * Has `cdk8s synth` report a construct's problems, all together with those of others.
 *
 * cdk8s asks every construct once for each chart and once more, so the answer is kept for as long as `revision` stays
 * the same.
 */
export function validate(construct: Construct, revision: () => number, check: () => Problem[]): void {
  let checked = -1;
  let messages: string[] = [];
  construct.node.addValidation({
    validate: () => {
      const current = revision();
      if (current !== checked) {
        checked = current;
        // What is declared twice has its other problems twice.
        messages = [...new Set(check().map(describe))];
      }
      return messages;
    },
  });
}
