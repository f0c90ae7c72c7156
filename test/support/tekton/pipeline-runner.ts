import { substitute, type TaskOutcome, type TaskRunner } from './task-runner';
import type { TaskRuns } from './task-runs';

/** How a run ended. */
export interface RunOutcome {
  readonly succeeded: boolean;
  readonly results: Record<string, string>;
  readonly tasks: Record<string, TaskOutcome>;
}

/** What a test has to say about a run. */
export interface RunOptions {
  readonly uid: string;
  readonly name: string;
  readonly namespace: string;
  /** Name of the Pipeline; the first one where there is none. */
  readonly pipeline?: string;
  /** Where the API shows its tasks. */
  readonly taskRuns: TaskRuns;
  readonly params?: Record<string, string>;
  /** Tasks that are not run on this machine, and what comes of them. */
  readonly given?: Record<string, Partial<TaskOutcome>>;
  /** Called before a task runs; the run is cancelled when it answers `cancel`, and forgotten when it answers `forget`. */
  readonly before?: (task: string) => Promise<string | undefined> | string | undefined;
  /** Called when a task has failed while others still run. */
  readonly stopping?: () => void;
  /** More variables for the steps of all tasks. */
  readonly environment?: Record<string, string>;
}

/** Runs a Pipeline as Tekton would: its tasks in order, side by side where they may be, and then those under finally. */
export async function runPipeline(
  runner: TaskRunner,
  manifests: readonly any[],
  options: RunOptions,
): Promise<RunOutcome> {
  const pipeline = manifests.find(
    ({ kind, metadata }) => kind === 'Pipeline' && metadata.name === (options.pipeline ?? metadata.name),
  );
  const outcomes: Record<string, TaskOutcome> = {};
  let ended: string | undefined;
  const variables = (reference: string): string | string[] | undefined => {
    const [root, name, kind, result] = reference.replace('[*]', '').split('.');
    if (root === 'params') {
      return options.params?.[name] ?? pipeline.spec.params.find((param: any) => param.name === name)?.default;
    }
    if (root === 'context') {
      if (name === 'pipeline') {
        return pipeline.metadata.name;
      }
      return name === 'pipelineRun' ? options[kind as 'uid' | 'name' | 'namespace'] : undefined;
    }
    if (root === 'tasks' && kind === 'status') {
      return outcomes[name]?.status ?? 'None';
    }
    if (root === 'tasks' && kind === 'reason') {
      return outcomes[name]?.reason ?? outcomes[name]?.status ?? 'None';
    }
    return root === 'tasks' || root === 'finally' ? outcomes[name]?.results[result] : undefined;
  };
  const runTask = async (task: any): Promise<void> => {
    options.taskRuns.begin(task.name);
    await endOf(task);
    options.taskRuns.end(task.name, outcomes[task.name]);
  };
  const endOf = async (task: any): Promise<void> => {
    const given = options.given?.[task.name];
    if (given) {
      outcomes[task.name] = { status: 'Succeeded', results: {}, log: '', files: [], ...given };
      return;
    }
    const params = Object.fromEntries(
      (task.params ?? []).map(({ name, value }: any) => {
        const bound = Array.isArray(value)
          ? value.flatMap((item) => substitute(item, variables))
          : substitute(value, variables);
        return [name, bound];
      }),
    );
    const definition = manifests.find(({ kind, metadata }) => kind === 'Task' && metadata.name === task.taskRef.name);
    for (let tries = 0; tries <= (task.retries ?? 0) && outcomes[task.name]?.status !== 'Succeeded'; tries++) {
      outcomes[task.name] = await runner.run(definition, params, undefined, options.environment);
    }
  };
  const pending = [...pipeline.spec.tasks];
  const running = new Map<string, Promise<unknown>>();
  const failed = () => Object.values(outcomes).some(({ status }) => status === 'Failed');
  const over = (name: string) => outcomes[name] && !running.has(name);
  do {
    const stops = ended || failed();
    const ready = stops ? [] : pending.filter(({ runAfter = [] }) => runAfter.every(over));
    for (const task of ready) {
      pending.splice(pending.indexOf(task), 1);
      ended ??= await options.before?.(task.name);
    }
    if (!ended) {
      for (const task of ready) {
        running.set(
          task.name,
          runTask(task).finally(() => running.delete(task.name)),
        );
      }
    }
    if (running.size > 0) {
      if (failed()) {
        options.stopping?.();
      }
      await Promise.race(running.values());
    }
  } while (running.size > 0 || (!ended && !failed() && pending.length > 0));
  if (ended !== 'forget') {
    await Promise.all((pipeline.spec.finally ?? []).map(runTask));
  }
  const results = (pipeline.spec.results ?? []).map(({ name, value }: any) => [
    name,
    String(substitute(value, variables)),
  ]);
  const ignored = (name: string) =>
    [...pipeline.spec.tasks, ...(pipeline.spec.finally ?? [])].some(
      (task) => task.name === name && task.onError === 'continue',
    );
  return {
    succeeded:
      !ended && Object.entries(outcomes).every(([name, { status }]) => status === 'Succeeded' || ignored(name)),
    results: Object.fromEntries(results),
    tasks: outcomes,
  };
}

/** The whole story of a run, for a test's failure. */
export function story({ tasks, results }: RunOutcome): string {
  const parts = Object.entries(tasks).map(([name, { status, log, results: own }]) => {
    return `--- ${name}: ${status} ${JSON.stringify(own)}\n${log}`;
  });
  return [JSON.stringify(results), ...parts].join('\n');
}
