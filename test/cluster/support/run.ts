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
  const tasks: Record<string, Record<string, string>> = {};
  const logs: Record<string, string> = {};
  for (const [task, taskRun] of Object.entries(await taskRuns(namespace, name))) {
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

/** The TaskRuns of a run, by the name of their task. */
export async function taskRuns(namespace: string, name: string): Promise<Record<string, any>> {
  const all = await list(namespace, 'taskruns', `tekton.dev/pipelineRun=${name}`);
  return Object.fromEntries(all.map((each) => [each.metadata.labels['tekton.dev/pipelineTask'], each]));
}

/** Waits until the experiment in progress is at an iteration, and gives its name. */
export function iteration(namespace: string, at: number): Promise<string> {
  return eventually(`iter8 is at iteration ${at}`, namespace, 240, async () => {
    const all = await list(namespace, 'experiments');
    return all.find(({ status }) => status?.phase === 'Progressing' && status.currentIteration >= at)?.metadata.name;
  });
}

/** Changes an object by a merge patch. */
export async function patch(namespace: string, kind: string, name: string, change: object): Promise<void> {
  await kubectl(['-n', namespace, 'patch', kind, name, '--type=merge', '-p', JSON.stringify(change)]);
}

/** For a test's failure: what a run said, and the state of its namespace. */
export async function explain(namespace: string, outcome: Outcome): Promise<string> {
  const { logs, ...rest } = outcome;
  const texts = Object.entries(logs).map(([task, log]) => `--- ${task}\n${log}`);
  return `${JSON.stringify(rest, undefined, 2)}\n${texts.join('\n')}\n${await stateOf(namespace)}`;
}
