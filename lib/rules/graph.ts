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

/**
 * The direct predecessors of every task, without those that already run before another predecessor. The tasks stand in an
 * order that respects the edges.
 */
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

/** The shortest chain of edges from one task to another, walked breadth first; the first by name of several. */
function shortestWay(
  from: string,
  to: string,
  successors: ReadonlyMap<string, readonly string[]>,
): string[] | undefined {
  const before = new Map<string, string>();
  let border = [from];
  while (border.length > 0 && !border.includes(to)) {
    const reached: string[] = [];
    for (const task of border) {
      for (const next of successors.get(task) ?? []) {
        if (next !== from && !before.has(next)) {
          before.set(next, task);
          reached.push(next);
        }
      }
    }
    border = reached;
  }
  if (border.length === 0) {
    return undefined;
  }
  const way = [to];
  while (way[0] !== from) {
    way.unshift(before.get(way[0]) as string);
  }
  return way;
}

/**
 * Cycles as closed paths `[a, b, a]`, where a runs before b and b before a. Each begins with its first task by name, and is
 * as short as can be. Together they have every edge that is part of a cycle, so none is left when all are resolved.
 */
export function cyclesIn(names: readonly string[], edges: readonly Edge[]): string[][] {
  const ordered = new Set(topologicalOrder(names, edges));
  const left = edges.filter(({ from, to }) => !ordered.has(from) && !ordered.has(to));
  const successors = new Map<string, string[]>();
  for (const { from, to } of left) {
    successors.set(from, [...(successors.get(from) ?? []), to].sort(byName));
  }
  const covered = new Set<string>();
  const key = (from: string, to: string) => `${from} ${to}`;
  const cycles: string[][] = [];
  for (const { from, to } of [...left].sort((a, b) => byName(a.from, b.from) || byName(a.to, b.to))) {
    const way = covered.has(key(from, to)) ? undefined : shortestWay(to, from, successors);
    if (way) {
      const first = way.indexOf([...way].sort(byName)[0]);
      const cycle = [...way.slice(first), ...way.slice(0, first)];
      cycles.push([...cycle, cycle[0]]);
      cycle.forEach((task, i) => {
        covered.add(key(task, cycle[(i + 1) % cycle.length]));
      });
    }
  }
  return cycles;
}
