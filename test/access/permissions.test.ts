import * as lib from '../../lib';
import { ALL } from '../support/extent';
import type { Access } from '../support/kubernetes/rbac';
import { SCENES, type Scene } from '../support/scenes';
import type { TaskOutcome } from '../support/tekton/task-runner';

jest.setTimeout(240_000);

type Right = Omit<Access, 'namespace'>;

/** Where a task makes a call first: its scene, and how many calls it made before. */
interface Use {
  readonly name: string;
  readonly at: number;
}

const text = ({ group, resource, verb }: Right) => `${verb} ${resource}${group && `.${group}`}`;
const REFUSED = 'the API server refuses';

/** Whether the task did all that it had to, and the calls that it made. */
async function play(user: string, scene: Scene, withdrawn: Right[] = []) {
  const { world, play: go, done = ({ status }: TaskOutcome) => status === 'Succeeded' } = scene;
  world.rbac.withdrawn.push(...withdrawn);
  try {
    const outcome = await go();
    // kubectl itself looks whether the namespace is there when an object is not, and does without the answer.
    const calls = world.cluster.requests.filter(({ resource }) => resource !== 'namespaces');
    expect(calls.filter((call) => call.user !== user)).toEqual([]);
    return { ...outcome, done: done(outcome) && !outcome.log.includes(REFUSED), calls: calls.map(text) };
  } finally {
    await world.stop();
  }
}

test('every task that declares calls has scenes', () => {
  const declared = Object.values<any>(lib).flatMap((each) => [each?.API_CALLS, each?.OWN_API_CALLS]);
  const used = Object.values(SCENES).flatMap(({ calls }) => calls);
  expect(declared.flatMap((calls) => calls ?? []).filter((call) => !used.includes(call))).toEqual([]);
});

const SHORT = ['notify', 'previous', 'deploy-application'];
const played = Object.entries(SCENES).filter(([task]) => ALL || SHORT.includes(task));

describe.each(played)('%s', (task, { calls, scenes, survives = [] }) => {
  const user = `reviews-${task}`;
  const rights = calls.flatMap(({ group, resources, verbs }) =>
    resources.flatMap((resource) => verbs.map((verb): Right => ({ user, group, resource, verb }))),
  );
  const uses = new Map<string, Use[]>();

  test.each(Object.keys(scenes))('%s', async (name) => {
    const { done, log, calls: made } = await play(user, await scenes[name]());
    if (!done) {
      throw new Error(log);
    }
    for (const call of new Set(made)) {
      uses.set(call, [...(uses.get(call) ?? []), { name, at: made.indexOf(call) }]);
    }
  });

  test('it makes all calls that it declares, and no others', () => {
    expect([...uses.keys()].sort()).toEqual(rights.map(text).sort());
  });

  // A refusal is told by the same lines of kubectl.sh whatever was asked, so of calls with the same verb the first one speaks
  // for the others; those after which the steps go on speak for themselves.
  const ends = rights.filter((right) => !survives.includes(text(right)));
  const without: [string, Right[]][] = [...new Set(ends.map(({ verb }) => verb))].map((verb) => [
    verb,
    ends.filter((right) => right.verb === verb),
  ]);
  const alone = rights.filter((right) => survives.includes(text(right)));
  test.each([...without, ...alone.map((right): [string, Right[]] => [text(right), [right]])])(
    'it does not do all that it has to without: %s',
    async (_, those) => {
      const found = those.flatMap((right) => (uses.get(text(right)) ?? []).map((use) => ({ ...use, right })));
      const [{ name, right }] = found.sort((a, b) => a.at - b.at);
      const { done, log } = await play(user, await scenes[name](), [right]);
      const last = alone.includes(right) ? '' : `ERROR: ${REFUSED}`;
      expect([done, log.trim().split('\n').pop()]).toEqual([false, expect.stringContaining(last)]);
    },
  );
});
