import { Duration } from 'cdk8s';
import type { PipelineRunSpec, PipelineRunSpecTaskRunSpecs } from '../../imports/tekton.dev';
import { pipelineRunRules } from '../rules';
import { byName } from '../rules/by-name';
import type { PipelineRunModel } from '../rules/model';
import type { Problem } from '../rules/problem';
import { textsIn } from '../rules/reference';
import {
  goDuration,
  refuse,
  requireGenerateName,
  requireName,
  requireParamName,
  requireSubdomain,
  secondsOf,
} from '../rules/values';
import { copy } from './copy';
import { boundParams, renderParams, requireValues } from './param-value';
import { Pipeline } from './pipeline';
import type { PipelineRunProps } from './pipeline-run';
import { renderTaskRunSpec, requireTaskRunSpec, type TaskRunSpec } from './task-run-spec';
import type { WorkspaceBinding } from './workspace-binding';

/** What runs are created by: a PipelineRun of this app, or something in the cluster that is handed its manifest. @internal */
export class RunTemplate {
  /** What the name of each run begins with. */
  public readonly generateName: string;
  private readonly props: PipelineRunProps;

  public constructor(path: string, props: PipelineRunProps) {
    requireRun(path, props);
    this.props = copy({ ...props });
    this.generateName = generateName(props);
  }

  /** Changes when the Pipeline does. */
  public get revision(): number {
    const { pipeline } = this.props;
    return pipeline instanceof Pipeline ? pipeline._revision : 0;
  }

  /** What rules find, for a run of a construct in a namespace. */
  public problems(path: string, namespace?: string): Problem[] {
    const { pipeline, params = {}, taskRunSpecs = {}, finallyTimeout } = this.props;
    const bindings = Object.entries(this.workspaces);
    const model: PipelineRunModel = {
      path,
      pipeline: pipeline._model?.(),
      namespace,
      params: boundParams(params),
      workspaces: bindings.map(([name, binding]) => ({ name, claim: binding._claim(name) })),
      taskRunSpecs: Object.entries(taskRunSpecs).map(([name, { timeout }]) => {
        return { name, seconds: timeout && secondsOf(timeout) };
      }),
      texts: bindings.flatMap(([name, binding]) => binding._texts(name)),
      timeouts: this.seconds(),
      finallyGiven: finallyTimeout !== undefined,
    };
    return pipelineRunRules.flatMap((rule) => rule(model));
  }

  /** The spec of a PipelineRun. */
  public render(): PipelineRunSpec {
    const { pipeline, params, serviceAccountName, podTemplate } = this.props;
    const list = <Item>(items: Item[]) => (items.length > 0 ? items : undefined);
    const { pipeline: all, tasks, finally: last } = this.seconds();
    const duration = (seconds?: number) => (seconds === undefined ? undefined : goDuration(Duration.seconds(seconds)));
    const bindings = Object.entries(this.workspaces)
      .sort(([a], [b]) => byName(a, b))
      .map(([name, binding]) => binding._render(name));
    return {
      pipelineRef: { ...pipeline.pipelineRef },
      params: renderParams(params),
      workspaces: list(bindings) as PipelineRunSpec['workspaces'],
      timeouts:
        all === undefined ? undefined : { pipeline: duration(all), tasks: duration(tasks), finally: duration(last) },
      taskRunTemplate: serviceAccountName || podTemplate ? { serviceAccountName, podTemplate } : undefined,
      taskRunSpecs: list(this.taskRunSpecs()),
    };
  }

  private get workspaces(): { readonly [name: string]: WorkspaceBinding } {
    const { pipeline, workspaces } = this.props;
    return { ...(pipeline instanceof Pipeline ? pipeline._bindings() : {}), ...workspaces };
  }

  private taskRunSpecs(): PipelineRunSpecTaskRunSpecs[] {
    const { pipeline, taskRunSpecs = {} } = this.props;
    const specs = new Map<string, TaskRunSpec>();
    for (const { name, _taskRunSpec } of pipeline instanceof Pipeline ? pipeline.tasks : []) {
      if (_taskRunSpec) {
        specs.set(name, _taskRunSpec);
      }
    }
    for (const [name, spec] of Object.entries(taskRunSpecs)) {
      specs.set(name, { ...specs.get(name), ...spec });
    }
    return [...specs.entries()].sort(([a], [b]) => byName(a, b)).map(([name, spec]) => renderTaskRunSpec(name, spec));
  }

  /**
   * Tekton fills in an hour for the whole where nothing is written, and without a part for `finally` nothing is kept
   * back for it, so all three are written whenever one is known. Where there is no limit, which Tekton writes as 0, there
   * is nothing to share out.
   */
  private seconds(): { pipeline?: number; tasks?: number; finally?: number } {
    const { pipeline, taskRunSpecs = {}, ...given } = this.props;
    const timeout = given.timeout && secondsOf(given.timeout);
    const tasksTimeout = given.tasksTimeout && secondsOf(given.tasksTimeout);
    const finallyTimeout = given.finallyTimeout && secondsOf(given.finallyTimeout);
    const overrides = new Map(
      Object.entries(taskRunSpecs).flatMap(([name, spec]) => (spec.timeout ? [[name, secondsOf(spec.timeout)]] : [])),
    );
    const needed = pipeline instanceof Pipeline ? pipeline._seconds(overrides) : undefined;
    const last = finallyTimeout ?? (needed?.finally || undefined);
    const own = tasksTimeout ?? (timeout === undefined ? needed?.tasks : undefined);
    const all = timeout ?? (own === undefined && last === undefined ? undefined : (own ?? 3600) + (last ?? 0));
    if (all === 0 || all === Number.POSITIVE_INFINITY) {
      return { pipeline: 0, tasks: tasksTimeout, finally: finallyTimeout };
    }
    const rest = all !== undefined && last !== undefined && all > last ? all - last : undefined;
    return { pipeline: all, tasks: own ?? rest, finally: last };
  }
}

/** Refuses what can be seen without the Pipeline. */
function requireRun(path: string, props: PipelineRunProps): void {
  const { generateName: prefix, params = {}, workspaces = {}, serviceAccountName, taskRunSpecs = {} } = props;
  if (prefix !== undefined) {
    requireGenerateName(path, prefix);
  }
  requireValues(path, params);
  for (const [name, value] of Object.entries(params)) {
    requireParamName(path, name);
    const references = textsIn(name, value).flatMap((text) => text.references);
    const result = references.find((each) => ['tasks', 'finally'].includes(each.root) && each.path[1] === 'results');
    if (result) {
      const expected = 'a value that is known before the tasks run';
      refuse(path, `param ${name}`, value, expected, `bind ${result.text} to the task that needs it`);
    }
  }
  for (const name of Object.keys(workspaces)) {
    requireName(path, 'the name of a workspace', name, /^[A-Za-z0-9._-]+$/, 'letters, digits, ".", "_" and "-"');
  }
  if (serviceAccountName !== undefined) {
    requireSubdomain(path, 'serviceAccountName', serviceAccountName);
  }
  for (const [task, spec] of Object.entries(taskRunSpecs)) {
    requireTaskRunSpec(path, task, spec);
  }
}

/** Kubernetes keeps 58 characters. */
function generateName({ pipeline, generateName: given }: PipelineRunProps): string {
  const name: string = pipeline.pipelineRef.name ?? 'run';
  return given ?? `${name.slice(0, 57).replace(/[.-]+$/, '')}-`;
}
