import type { Chart } from 'cdk8s';
import { Pipeline, Task, When } from '../../lib';
import { newChart, problems } from '../support/synth';

/** A Pipeline of a fleet in which nothing is wrong. */
const RIGHT = {
  url: 'string',
  input: '$(params.url)',
  result: 'out',
  when: 'a',
  task: 'needy',
  workspace: true,
  optional: false,
  namespace: 'team',
  final: true,
  after: 'nothing',
  output: 'out',
};
type Member = typeof RIGHT;

/** What may be different, most of it wrong. */
const DIFFERENCES: Partial<Member>[] = [
  { url: 'array' },
  { input: '$(params.ulr)' },
  { input: '$(params.list[*])' },
  { input: '$(tasks.second.results.out)' },
  { input: 'another text' },
  { input: 'a list' },
  { result: 'oops' },
  { when: '$(params.list)' },
  { when: '$(tasks.last.results.out)' },
  { task: 'plain' },
  { workspace: false },
  { optional: true },
  { namespace: 'other' },
  { final: false },
  { after: 'itself' },
  { after: 'another pipeline' },
  { output: 'oops' },
];

function newTasks(chart: Chart): { [name: string]: Task } {
  const [plain, needy] = ['plain', 'needy'].map((name) => {
    const task = new Task(chart, name);
    task.addParam('in', { defaultValue: '' });
    task.addParam('fixed', { defaultValue: '' });
    task.addResult('out');
    task.addStep('run', { image: 'example.com/tools:1', command: ['true'] });
    return task;
  });
  needy.addWorkspace('source');
  return { plain, needy };
}

function addMember(chart: Chart, tasks: { [name: string]: Task }, id: string, member: Member): Pipeline {
  const task = tasks[member.task];
  const pipeline = new Pipeline(chart, id, { metadata: { namespace: member.namespace } });
  if (member.url === 'string') {
    pipeline.addParam('url');
  } else {
    pipeline.addArrayParam('url');
  }
  pipeline.addArrayParam('list');
  const source = pipeline.addWorkspace('source', { optional: member.optional });
  const workspaces = member.workspace ? { source } : undefined;
  const input = member.input === 'a list' ? ['a', 'list'] : member.input;
  const first = pipeline.addTask('first', task, { params: { in: input }, workspaces });
  pipeline.addTask('second', task, {
    params: { in: `has ${first.result(member.result)}`, fixed: `of ${id}` },
    when: [When.isIn(member.when, ['a'])],
    workspaces,
  });
  const last = { params: { in: first.status }, workspaces };
  if (member.final) {
    pipeline.addFinally('last', task, last);
  } else {
    pipeline.addTask('last', task, last);
  }
  pipeline.addResult('result', { value: first.result(member.output) });
  if (member.after !== 'nothing') {
    const others = member.after === 'itself' ? pipeline : new Pipeline(chart, `${id}-other`);
    first.addRunAfter(others === pipeline ? first : others.addTask('first', tasks.plain));
  }
  return pipeline;
}

/** The problems of a fleet, and what is written for each of its Pipelines. */
function outcome(fleet: readonly (readonly [id: string, member: Member])[]) {
  const chart = newChart();
  const tasks = newTasks(chart);
  const pipelines = fleet.map(([id, member]) => addMember(chart, tasks, id, member));
  return { found: problems(chart), specs: pipelines.map(({ apiObject }) => apiObject.toJson().spec) };
}

test.each(DIFFERENCES)('beside right ones, the same is found and written as in a Pipeline alone: %j', (difference) => {
  const different = { ...RIGHT, ...difference };
  const fleet = [RIGHT, different, RIGHT, different].map((member, i) => [`pipeline-${i}`, member] as const);
  const alone = fleet.map((one) => outcome([one]));
  expect(alone[0].found).toEqual([]);
  expect(outcome(fleet)).toEqual({
    found: alone.flatMap(({ found }) => found),
    specs: alone.flatMap(({ specs }) => specs),
  });
});

test('a Task that changes is looked at again for every Pipeline that uses it', () => {
  const chart = newChart();
  const tasks = newTasks(chart);
  for (const id of ['a', 'b']) {
    addMember(chart, tasks, id, RIGHT);
  }
  expect(problems(chart)).toEqual([]);
  tasks.needy.addParam('new');
  expect(problems(chart).map((problem) => problem.split(' for ')[0])).toEqual(
    ['a', 'b'].flatMap((id) => ['first', 'second', 'last'].map((use) => `chart/${id}/${use}: no value`)),
  );
});
