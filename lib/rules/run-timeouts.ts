import type { PipelineRunModel } from './model';
import type { Problem } from './problem';

/** Where the time for `finally` comes from, when nobody gave it. */
function origin({ pipeline, finallyGiven, taskRunSpecs }: PipelineRunModel): string {
  const timed = new Set(taskRunSpecs.filter(({ seconds }) => seconds !== undefined).map(({ name }) => name));
  const untimed = (pipeline?.tasks ?? []).filter(
    ({ name, final, seconds }) => final && seconds === undefined && !timed.has(name),
  );
  return finallyGiven || untimed.length === 0
    ? ''
    : ` (Tekton gives an hour to a task without a timeout, such as ${untimed[0].name})`;
}

/** Tasks that may take longer than all of them together. */
function tooLong({ path, pipeline, timeouts, taskRunSpecs }: PipelineRunModel): Problem[] {
  const overridden = new Set(taskRunSpecs.filter(({ seconds }) => seconds !== undefined).map(({ name }) => name));
  return (pipeline?.tasks ?? []).flatMap(({ name, final, seconds = 0 }) => {
    const limit = (final ? timeouts.finally : timeouts.tasks) ?? timeouts.pipeline;
    const what = final ? 'finally' : 'its tasks';
    return overridden.has(name) || !limit || seconds <= limit
      ? []
      : [
          {
            code: 'run-timeouts',
            path,
            found: `a timeout of ${limit} s for ${what}, but task ${name} may take ${seconds} s`,
            expected: `at least ${seconds} s for ${what}`,
            fix: `raise timeout, tasksTimeout or finallyTimeout, or lower the timeout of ${name}`,
          },
        ];
  });
}

/**
 * The times of a run have to fit: the pipeline's has to hold those of the tasks and of `finally`, or Tekton refuses the
 * run; when the pipeline's is over, `finally` gets no chance at all; and no task gets more than there is for all. 0 means no
 * limit. (`pkg/apis/pipeline/v1/pipelinerun_validation.go` of tektoncd/pipeline v1.15.)
 */
export function runTimeouts(run: PipelineRunModel): Problem[] {
  const { pipeline, tasks, finally: last } = run.timeouts;
  const problem = (expected: string, fix: string): Problem[] => {
    const parts = [
      [pipeline, 'the pipeline', ''],
      [tasks, 'its tasks', ''],
      [last, 'finally', origin(run)],
    ].flatMap(([seconds, what, from]) => (seconds === undefined ? [] : [`${seconds} s for ${what}${from}`]));
    const first = parts.slice(0, -1).join(', ');
    const found = `timeouts of ${first}${first && ' and '}${parts[parts.length - 1]}`;
    return [{ code: 'run-timeouts', path: run.path, found, expected, fix }];
  };
  if (pipeline === undefined) {
    return [];
  }
  const parts = (tasks ?? 0) + (last ?? 0);
  if (pipeline === 0) {
    // Tekton compares the sum with 0 as it stands.
    return tasks === undefined || last === undefined || parts === 0
      ? tooLong(run)
      : problem(
          'no more than one limit for a part when the pipeline has none',
          'remove tasksTimeout or finallyTimeout',
        );
  }
  if (tasks === 0 || last === 0) {
    return problem('a limit for each part, because the pipeline has one', 'raise the part that is 0, or leave it out');
  }
  if (pipeline < parts || (tasks === undefined && pipeline === last)) {
    const least = tasks === undefined ? `more than ${parts}` : `at least ${parts}`;
    return problem(`${least} s for the pipeline`, 'raise timeout, or lower tasksTimeout or finallyTimeout');
  }
  return tooLong(run);
}
