import type { Cluster } from '../kubernetes/cluster';
import type { TaskOutcome } from './task-runner';

/** Shows the tasks of a run in the API, as Tekton does: a TaskRun for each, and its name in the status of the PipelineRun. */
export class TaskRuns {
  public constructor(
    private readonly cluster: Cluster,
    private readonly namespace: string,
    private readonly pipelineRun: string,
  ) {}

  public begin(pipelineTaskName: string): void {
    const { namespace, pipelineRun } = this;
    const name = `${pipelineRun}-${pipelineTaskName}`;
    this.cluster.create({ kind: 'TaskRun', metadata: { name, namespace } });
    this.change('TaskRun', name, () => ({ conditions: [{ type: 'Succeeded', status: 'Unknown' }] }));
    this.change('PipelineRun', pipelineRun, ({ childReferences = [], ...status }) => ({
      ...status,
      childReferences: [...childReferences, { kind: 'TaskRun', name, pipelineTaskName }],
    }));
  }

  public end(pipelineTaskName: string, { status, results }: TaskOutcome): void {
    this.change('TaskRun', `${this.pipelineRun}-${pipelineTaskName}`, () => ({
      conditions: [{ type: 'Succeeded', status: status === 'Succeeded' ? 'True' : 'False', reason: status }],
      results: Object.entries(results).map(([name, value]) => ({ name, type: 'string', value })),
    }));
  }

  private change(kind: string, name: string, next: (status: any) => object): void {
    const change = (object: any) => Object.assign(object, { status: next(object.status ?? {}) });
    this.cluster.change(kind, this.namespace, name, change, 'status');
  }
}
