import type { IConstruct } from 'constructs';
import { edgesOf, transitiveReduction } from './graph';
import { pipelineRules } from './index';
import type { PipelineModel, TaskModel } from './model';
import type { Problem } from './problem';

/** What is known of an app. */
interface Known {
  readonly shapes: Map<string, PipelineShape>;
  /** The numbers that stand for Tasks in the keys of shapes. */
  readonly tasks: Map<TaskModel | undefined, number>;
}

const apps = new WeakMap<IConstruct, Known>();

/**
 * What Pipelines have in common that differ only in their names and paths, and in texts without variables: those of a fleet.
 * What holds for one holds for all of them, because the rest is all that rules go by.
 */
export class PipelineShape {
  /** The shape of a Pipeline in an app. */
  public static of(app: IConstruct, pipeline: PipelineModel): PipelineShape {
    const known = apps.get(app) ?? { shapes: new Map(), tasks: new Map() };
    apps.set(app, known);
    const { shapes, tasks } = known;
    const uses = pipeline.tasks.map((use) => {
      const task = tasks.get(use.task) ?? tasks.size;
      tasks.set(use.task, task);
      return { ...use, path: undefined, task };
    });
    const key = JSON.stringify({ ...pipeline, path: undefined, name: undefined, tasks: uses });
    const shape = shapes.get(key) ?? new PipelineShape(pipeline);
    shapes.set(key, shape);
    return shape;
  }

  /** The tasks that are not under `finally`, in their order, with those to write as `runAfter`. */
  public readonly runAfter: ReadonlyMap<string, readonly string[]>;
  private right = false;

  private constructor(pipeline: PipelineModel) {
    const names = pipeline.tasks.filter((task) => !task.final).map((task) => task.name);
    this.runAfter = transitiveReduction(names, edgesOf(pipeline));
  }

  /** What is wrong with a Pipeline of this shape. */
  public problems(describe: () => PipelineModel): Problem[] {
    if (this.right) {
      return [];
    }
    const pipeline = describe();
    const problems = pipelineRules.flatMap((rule) => rule(pipeline));
    this.right = problems.length === 0;
    return problems;
  }
}
