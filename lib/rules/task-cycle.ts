import { cyclesIn, edgesOf } from './graph';
import type { PipelineModel } from './model';
import type { Problem } from './problem';

/** Tasks must not wait for each other in a circle. */
export function taskCycle(pipeline: PipelineModel): Problem[] {
  const all = pipeline.tasks.map((task) => task.name);
  // Which of two tasks with one name is meant, nobody can tell; that they have it is another rule's.
  const once = new Set(all.filter((name) => all.indexOf(name) === all.lastIndexOf(name)));
  const edges = edgesOf(pipeline).filter(({ from, to }) => once.has(from) && once.has(to));
  const names = pipeline.tasks.filter((task) => !task.final).map((task) => task.name);
  return cyclesIn(names, edges).map((cycle) => {
    const reasons = cycle.slice(1).map((to, i) => {
      const edge = edges.find((candidate) => candidate.from === cycle[i] && candidate.to === to);
      return `${to} runs after ${cycle[i]}: ${edge?.reasons.join(', ')}`;
    });
    return {
      code: 'task-cycle',
      path: pipeline.path,
      found: `the cycle ${cycle.join(' → ')} (${reasons.join('; ')})`,
      expected: 'tasks that can be put in an order',
      fix: 'remove one of these references, or split a task in two',
    };
  });
}
