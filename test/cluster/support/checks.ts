import { traffic, versions } from './bookinfo';
import { eventually, list } from './kubectl';
import { explain, type Outcome } from './run';

/** Compares, and shows logs and objects where something differs. */
export async function check(namespace: string, outcome: Outcome, compare: () => Promise<void> | void): Promise<void> {
  try {
    await compare();
  } catch (error) {
    const { message } = error as Error;
    // In brief once more at the end: a log may be cut in the middle.
    const ends = Object.entries(outcome.logs).map(
      ([task, log]) => `${task}: ${log.trimEnd().split('\n').slice(-3).join(' | ')}`,
    );
    const brief = [message, JSON.stringify(outcome.tasks), ...ends].join('\n');
    throw new Error(`${message}\n${await explain(namespace, outcome)}\n${brief}`);
  }
}

/** What has to be true after every run, whatever happened. */
export async function nothingIsLeft(namespace: string): Promise<void> {
  expect(await list(namespace, 'leases')).toEqual([]);
  const experiments = await list(namespace, 'experiments');
  const running = experiments.filter(({ status }) => {
    const { conditions = [] } = status ?? {};
    return !conditions.some(({ type, status: is }: any) => type === 'ExperimentCompleted' && is === 'True');
  });
  expect(running.map(({ metadata }) => metadata.name)).toEqual([]);
  await eventually('no pod of a run runs any more', namespace, 30, async () => {
    const pods = await list(namespace, 'pods', 'tekton.dev/pipelineRun');
    return pods.some(({ status }) => status.phase === 'Running') ? undefined : true;
  });
}

/** That one version has all the traffic and runs, and there is nothing else. */
export async function onlyLive(namespace: string, version: string): Promise<void> {
  expect(await versions(namespace)).toEqual([version]);
  expect(await traffic(namespace)).toEqual({ [version]: 100 });
  const [deployment] = (await list(namespace, 'deployments')).filter(({ metadata }) => metadata.name === version);
  expect(deployment.status.availableReplicas).toBeGreaterThan(0);
  await nothingIsLeft(namespace);
}
