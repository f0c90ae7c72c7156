import { byName } from './by-name';
import type { PipelineModel } from './model';

/** One task has to wait for another, and why. */
export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly reasons: readonly string[];
}

/**
 * The edges between the tasks of a pipeline, or to those under `finally`: from every result that is used in anything bound,
 * and from `runAfter`. Sorted by name, so the same pipeline gives the same edges in every order of calls.
 */
export function edgesOf(pipeline: PipelineModel, final = false): Edge[] {
  const names = new Set(pipeline.tasks.filter((task) => !task.final).map((task) => task.name));
  const reasons = new Map<string, Map<string, Set<string>>>();
  const add = (from: string, to: string, reason: string) => {
    if (!names.has(from)) {
      return;
    }
    const sources = reasons.get(to) ?? new Map<string, Set<string>>();
    sources.set(from, (sources.get(from) ?? new Set()).add(reason));
    reasons.set(to, sources);
  };
  for (const task of pipeline.tasks.filter((each) => each.final === final)) {
    for (const { where, references } of task.texts) {
      for (const { root, path, text, literal } of references) {
        const [from, kind, result] = path;
        if (root === 'tasks' && kind !== undefined && !literal) {
          const what = kind === 'results' && result !== undefined ? `result ${from}.${result}` : text;
          add(from, task.name, `${where} uses ${what}`);
        }
      }
    }
    for (const from of task.runAfter) {
      add(from, task.name, 'runAfter');
    }
  }
  return [...reasons.keys()].sort(byName).flatMap((to) => {
    const sources = reasons.get(to) as Map<string, Set<string>>;
    return [...sources.keys()].sort(byName).map((from) => {
      return { from, to, reasons: [...(sources.get(from) as Set<string>)].sort(byName) };
    });
  });
}

/** For every task, which tasks it waits for. */
function predecessors(edges: readonly Edge[]): Map<string, string[]> {
  const result = new Map<string, string[]>();
  for (const { from, to } of edges) {
    result.set(to, [...(result.get(to) ?? []), from].sort(byName));
  }
  return result;
}

/**
 * The tasks in an order that respects the edges; tasks that could stand in either order are sorted by name.
 * Tasks on a cycle are left out.
 */
export function topologicalOrder(names: readonly string[], edges: readonly Edge[]): string[] {
  const waiting = new Map<string, number>();
  const successors = new Map<string, string[]>();
  for (const { from, to } of edges) {
    waiting.set(to, (waiting.get(to) ?? 0) + 1);
    successors.set(from, [...(successors.get(from) ?? []), to]);
  }
  const order: string[] = [];
  let ready = [...new Set(names)].filter((name) => !waiting.get(name)).sort(byName);
  while (ready.length > 0) {
    order.push(...ready);
    const next: string[] = [];
    for (const name of ready) {
      for (const successor of successors.get(name) ?? []) {
        const left = (waiting.get(successor) as number) - 1;
        waiting.set(successor, left);
        if (left === 0) {
          next.push(successor);
        }
      }
    }
    ready = next.sort(byName);
  }
  return order;
}

/** The direct predecessors of every task, without those that already run before another predecessor. */
export function transitiveReduction(names: readonly string[], edges: readonly Edge[]): Map<string, string[]> {
  const direct = predecessors(edges);
  const ancestors = new Map<string, Set<string>>();
  const reduced = new Map<string, string[]>();
  for (const name of topologicalOrder(names, edges)) {
    const before = direct.get(name) ?? [];
    const implied = new Set(before.flatMap((task) => [...(ancestors.get(task) ?? [])]));
    ancestors.set(name, new Set([...before, ...implied]));
    reduced.set(
      name,
      before.filter((task) => !implied.has(task)),
    );
  }
  return reduced;
}

/** The longest chain of tasks by the sum of their weights, and that sum. */
export function longestPath(
  names: readonly string[],
  edges: readonly Edge[],
  weight: (name: string) => number,
): { readonly path: string[]; readonly sum: number } {
  const direct = predecessors(edges);
  const best = new Map<string, { path: string[]; sum: number }>();
  let longest = { path: [] as string[], sum: 0 };
  for (const name of topologicalOrder(names, edges)) {
    let before = { path: [] as string[], sum: 0 };
    for (const task of direct.get(name) ?? []) {
      const candidate = best.get(task) ?? before;
      before = candidate.sum > before.sum ? candidate : before;
    }
    const own = { path: [...before.path, name], sum: before.sum + weight(name) };
    best.set(name, own);
    longest = own.sum > longest.sum ? own : longest;
  }
  return longest;
}

/** The shortest chain of edges from a task back to itself, walked backwards breadth first. */
function wayBack(start: string, direct: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const next = new Map<string, string>();
  let border = [start];
  while (border.length > 0) {
    const reached: string[] = [];
    for (const task of border) {
      for (const before of direct.get(task) ?? []) {
        if (before === start) {
          const path = [start];
          for (let step: string | undefined = task; step !== undefined && step !== start; step = next.get(step)) {
            path.push(step);
          }
          return [...path, start];
        }
        if (!next.has(before)) {
          next.set(before, task);
          reached.push(before);
        }
      }
    }
    border = reached;
  }
  return undefined;
}

/**
 * Cycles as closed paths `[a, b, a]`, where a runs before b and b before a. Each begins with its first task by name,
 * is as short as can be, and shares no task with another.
 */
export function cyclesIn(names: readonly string[], edges: readonly Edge[]): string[][] {
  const reported = new Set(topologicalOrder(names, edges));
  const cycles: string[][] = [];
  for (const name of [...new Set(names)].sort(byName)) {
    const direct = predecessors(edges.filter(({ from, to }) => !reported.has(from) && !reported.has(to)));
    const cycle = reported.has(name) ? undefined : wayBack(name, direct);
    if (cycle) {
      cycles.push(cycle);
      for (const task of cycle) {
        reported.add(task);
      }
    }
  }
  return cycles;
}
