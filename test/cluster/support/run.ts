import { eventually, find, kubectl, list, stateOf } from './kubectl';

/** How a PipelineRun ended. */
export interface Outcome {
  readonly name: string;
  readonly succeeded: boolean;
  /** What the PipelineRun says of itself. */
  readonly message: string;
  /** The Pipeline's results. */
  readonly results: Record<string, string>;
  /** Each task's results. */
  readonly tasks: Record<string, Record<string, string>>;
  /** Each task's log. */
  readonly logs: Record<string, string>;
}

/** Starts a run of a manifest, with params of its own, and gives its name. */
export async function start(manifest: any, params: Record<string, string>): Promise<string> {
  const list = Object.entries(params).map(([name, value]) => ({ name, value }));
  const run = { ...manifest, spec: { ...manifest.spec, params: [...(manifest.spec.params ?? []), ...list] } };
  const created = await kubectl(['create', '-o', 'json', '-f', '-'], JSON.stringify(run));
  return JSON.parse(created).metadata.name;
}

/** Waits for a run's end. */
export async function end(namespace: string, name: string, seconds = 240): Promise<Outcome> {
  const run = await eventually(`run ${name} ends`, namespace, seconds, async () => {
    const found = await find(namespace, 'pipelinerun', name);
    return found.status?.completionTime ? found : undefined;
  });
  const condition = run.status.conditions[0];
  const taskRuns = await list(namespace, 'taskruns', `tekton.dev/pipelineRun=${name}`);
  const tasks: Record<string, Record<string, string>> = {};
  const logs: Record<string, string> = {};
  for (const taskRun of taskRuns) {
    const task = taskRun.metadata.labels['tekton.dev/pipelineTask'];
    tasks[task] = Object.fromEntries((taskRun.status?.results ?? []).map((result: any) => [result.name, result.value]));
    const pod = taskRun.status?.podName;
    logs[task] = pod
      ? await kubectl(['-n', namespace, 'logs', pod, '--all-containers']).catch((error) => error.message)
      : '(no pod)';
  }
  return {
    name,
    succeeded: condition.status === 'True',
    message: condition.message,
    results: Object.fromEntries((run.status.results ?? []).map((result: any) => [result.name, result.value])),
    tasks,
    logs,
  };
}

/** For a test's failure: what a run said, and the state of its namespace. */
export async function explain(namespace: string, outcome: Outcome): Promise<string> {
  const { logs, ...rest } = outcome;
  const texts = Object.entries(logs).map(([task, log]) => `--- ${task}\n${log}`);
  return `${JSON.stringify(rest, undefined, 2)}\n${texts.join('\n')}\n${await stateOf(namespace)}`;
}
