import { Chart } from 'cdk8s';
import { array, assert, constantFrom, integer, property, tuple } from 'fast-check';
import { Pipeline, type PipelineTask, Task, When } from '../../lib';
import { byName } from '../../lib/rules/by-name';
import { cyclesIn, type Edge, longestPath, topologicalOrder, transitiveReduction } from '../../lib/rules/graph';
import { newChart, problems } from '../support/synth';

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];
const pairs = array(tuple(constantFrom(...NAMES), constantFrom(...NAMES)), { maxLength: 15 });

function edges(list: readonly (readonly [string, string])[]): Edge[] {
  const keys = [...new Set(list.map(([from, to]) => `${from} ${to}`))];
  return keys.map((key) => {
    const [from, to] = key.split(' ');
    return { from, to, reasons: [] };
  });
}

/** Edges that go up in the alphabet make no cycle. */
const acyclic = pairs.map((list) => edges(list.filter(([from, to]) => from < to)));
const any = pairs.map((list) => edges(list));

function reachable(list: readonly Edge[], from: string): Set<string> {
  const seen = new Set<string>();
  const visit = (name: string) => {
    for (const edge of list.filter((each) => each.from === name && !seen.has(each.to))) {
      seen.add(edge.to);
      visit(edge.to);
    }
  };
  visit(from);
  return seen;
}

test('the order has every task once, each after those that it waits for', () => {
  assert(
    property(acyclic, (list) => {
      const order = topologicalOrder(NAMES, list);
      expect([...order].sort()).toEqual(NAMES);
      for (const { from, to } of list) {
        expect(order.indexOf(from)).toBeLessThan(order.indexOf(to));
      }
    }),
  );
});

test('the order is the same in whichever order tasks and edges are given', () => {
  assert(
    property(acyclic, (list) => {
      expect(topologicalOrder([...NAMES].reverse(), [...list].reverse())).toEqual(topologicalOrder(NAMES, list));
    }),
  );
});

test('without the edges that follow from others, the same tasks wait for each other', () => {
  assert(
    property(acyclic, (list) => {
      const reduced = [...transitiveReduction(NAMES, list)].flatMap(([to, before]) =>
        before.map((from): Edge => ({ from, to, reasons: [] })),
      );
      for (const name of NAMES) {
        expect(reachable(reduced, name)).toEqual(reachable(list, name));
      }
      for (const edge of reduced) {
        const others = reduced.filter((each) => each !== edge);
        expect(reachable(others, edge.from).has(edge.to)).toBe(false);
      }
    }),
  );
});

test('cycles are found where there are any, and are ways along the edges', () => {
  assert(
    property(any, (list) => {
      const cycles = cyclesIn(NAMES, list);
      expect(cycles.length > 0).toBe(NAMES.some((name) => reachable(list, name).has(name)));
      for (const cycle of cycles) {
        expect(cycle[0]).toBe(cycle[cycle.length - 1]);
        for (let i = 0; i + 1 < cycle.length; i++) {
          expect(list.some(({ from, to }) => from === cycle[i] && to === cycle[i + 1])).toBe(true);
        }
        expect(new Set(cycle).size).toBe(cycle.length - 1);
      }
      expect(cyclesIn([...NAMES].reverse(), [...list].reverse())).toEqual(cycles);
      const covered = new Set(cycles.flatMap((cycle) => cycle.slice(1).map((to, i) => `${cycle[i]} ${to}`)));
      expect(covered.size).toBe(list.filter(({ from, to }) => reachable(list, to).has(from) || from === to).length);
    }),
  );
});

test('the longest way is as long as any', () => {
  const weights = tuple(...NAMES.map(() => integer({ min: 1, max: 9 })));
  assert(
    property(acyclic, weights, (list, values) => {
      const weight = (name: string) => values[NAMES.indexOf(name)];
      const from = (name: string): number =>
        weight(name) + Math.max(0, ...list.filter((each) => each.from === name).map((each) => from(each.to)));
      const longest = longestPath(NAMES, list, weight);
      expect(longest.sum).toBe(Math.max(...NAMES.map(from)));
      expect(longest.path.reduce((sum, name) => sum + weight(name), 0)).toBe(longest.sum);
    }),
  );
});

test('names are compared by code unit, as in no locale', () => {
  expect(['ä', 'b', 'B', 'a', '-'].sort(byName)).toEqual(['-', 'B', 'a', 'b', 'ä']);
});

/** A Pipeline in which each pair is a use of the first task by the second one, in one of the ways to use another. */
const pipelines = array(tuple(constantFrom(...NAMES), constantFrom(...NAMES), integer({ min: 0, max: 5 })), {
  maxLength: 12,
});

function build(uses: readonly (readonly [from: string, to: string, way: number])[]): Pipeline {
  const pipeline = new Pipeline(newChart(), 'pipeline');
  const workspace = pipeline.addWorkspace('w');
  const of = (to: string, way: number) =>
    uses.filter((use) => use[1] === to && use[2] === way).map(([from]) => `$(tasks.${from}.results.r)`);
  const tasks = new Map<string, PipelineTask>();
  for (const name of NAMES) {
    const [texts, lists, whens, matrices, folders] = [0, 1, 2, 3, 4].map((way) => of(name, way));
    const task = pipeline.addTask(name, Task.fromName('any'), {
      params: { text: texts.join(' '), list: lists },
      when: whens.map((text) => When.isIn(text, ['a'])),
      matrix: matrices.length > 0 ? { include: [{ params: { m: matrices.join(' ') } }] } : undefined,
      workspaces: { w: workspace.subPath(`a/${folders.join('/')}`) },
    });
    tasks.set(name, task);
  }
  for (const [from, to] of uses.filter((use) => use[2] === 5)) {
    (tasks.get(to) as PipelineTask).addRunAfter(tasks.get(from) as PipelineTask);
  }
  return pipeline;
}

test('what is written as runAfter has each task wait for just those that it uses, directly or by others', () => {
  assert(
    property(
      pipelines.map((uses) => uses.filter(([from, to]) => from < to)),
      (uses) => {
        const { tasks } = build(uses).apiObject.toJson().spec;
        const written = tasks.flatMap(({ name, runAfter = [] }: any) =>
          runAfter.map((from: string): Edge => ({ from, to: name, reasons: [] })),
        );
        const used = edges(uses.map(([from, to]) => [from, to]));
        for (const name of NAMES) {
          expect(reachable(written, name)).toEqual(reachable(used, name));
        }
        const order = tasks.map(({ name }: any) => name);
        for (const { from, to } of written) {
          expect(order.indexOf(from)).toBeLessThan(order.indexOf(to));
        }
      },
    ),
  );
});

test('cycles of any kind are reported, and nothing crashes', () => {
  assert(
    property(pipelines, (uses) => {
      const used = edges(uses.map(([from, to]) => [from, to]));
      const pipeline = build(uses);
      const found = problems(Chart.of(pipeline)).filter((each) => each.endsWith('(task-cycle)'));
      expect(found.length > 0).toBe(NAMES.some((name) => reachable(used, name).has(name)));
      expect(pipeline.apiObject.toJson().spec.tasks).toHaveLength(NAMES.length);
      expect(pipeline.explain().split('\n').filter(Boolean)).toHaveLength(used.length);
    }),
  );
});
