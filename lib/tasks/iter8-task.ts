import type { Construct } from 'constructs';
import { Iter8Api } from '../iter8/iter8-api';
import { refuseChartLabels } from '../rules/chart-labels';
import { refuse } from '../rules/values';
import type { Pipeline } from '../tekton/pipeline';
import type { SecurityContext } from '../tekton/security-context';
import { type ITask, Task } from '../tekton/task';
import type { Images } from './images';
import { Platform } from './platform';
import { OUTSIDE_MESH } from './script';

/** What the tasks that look at experiments are made with. */
export interface Iter8TaskProps {
  /**
   * Version of iter8's API.
   * @default Iter8Api.V1ALPHA2
   */
  readonly api?: Iter8Api;
  /**
   * The images that the steps run.
   * @default Images.of()
   */
  readonly images?: Images;
  /**
   * What the task runs on.
   * @default Platform.KUBERNETES
   */
  readonly platform?: Platform;
  /**
   * Name of the Task.
   * @default - the construct's id
   */
  readonly name?: string;
}

/** What the tasks that look at experiments have in common: the service under test, the run, and the version of iter8's API. */
export abstract class Iter8Task extends Task {
  /** Version of iter8's API that it is made for. */
  public readonly api: Iter8Api;
  /** What its steps run as. @internal */
  protected readonly _restricted: SecurityContext;
  /** What its scripts are told. @internal */
  protected readonly _target: { readonly [variable: string]: string };

  /** @internal */
  protected constructor(
    scope: Construct,
    id: string,
    props: Iter8TaskProps,
    description: string,
    labels: { readonly [name: string]: string } = OUTSIDE_MESH,
  ) {
    refuseChartLabels(scope, id);
    super(scope, id, { description, metadata: { name: props.name ?? id, labels } });
    this.api = props.api ?? Iter8Api.V1ALPHA2;
    this._restricted = (props.platform ?? Platform.KUBERNETES)._restricted;
    this._target = {
      SERVICE: this.addParam('service', { description: 'Name of the Service under test' }).ref,
      NAMESPACE: this.addParam('namespace', { description: 'Its namespace' }).ref,
      RUN: this.addParam('run', { description: 'Uid of the PipelineRun' }).ref,
    };
  }
}

/**
 * The version of iter8's API that a Task speaks, which has to be that of the Pipeline's other Tasks: the experiment of one
 * is not there for the other. Of a Task that is defined elsewhere it is what was given.
 * @internal
 */
export function requireSameApi(path: string, pipeline: Pipeline, task: ITask, given?: Iter8Api): Iter8Api {
  const api = task instanceof Iter8Task ? task.api : given;
  const others = pipeline.tasks.map((use) => use._task).filter((other) => other instanceof Iter8Task);
  for (const { what, other } of [
    { what: 'api', other: given },
    ...others.map((each) => ({ what: `api of Task ${each.name}`, other: each.api })),
  ]) {
    if (api && other && other !== api) {
      refuse(path, what, other.version, `${api.version}, as the Task here has it`, 'give all Tasks the same api');
    }
  }
  return api ?? Iter8Api.V1ALPHA2;
}
