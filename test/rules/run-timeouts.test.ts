import { Duration } from 'cdk8s';
import { Pipeline, PipelineRun, type PipelineRunProps, Task } from '../../lib';
import { manifest, newChart, problems } from '../support/synth';

type Times = Omit<PipelineRunProps, 'pipeline'>;
type Prepare = (pipeline: Pipeline) => void;

const any = Task.fromName('any');
const seconds = (amount: number) => Duration.seconds(amount);

/** A Pipeline with a task of 100 s and one of 20 s under `finally`. */
const limited: Prepare = (pipeline) => {
  pipeline.addTask('first', any, { timeout: seconds(100) });
  pipeline.addFinally('last', any, { timeout: seconds(20) });
};
const withoutFinally: Prepare = (pipeline) => {
  pipeline.addTask('first', any, { timeout: seconds(100) });
};
const unlimited: Prepare = (pipeline) => {
  pipeline.addTask('first', any, { timeout: seconds(0) });
  pipeline.addFinally('last', any, { timeout: seconds(20) });
};
const finallyWithoutTimeout: Prepare = (pipeline) => {
  pipeline.addTask('first', any, { timeout: seconds(100) });
  pipeline.addFinally('last', any);
};

function run(prepare: Prepare | undefined, times: Times) {
  const chart = newChart();
  const own = new Pipeline(chart, 'pipeline');
  (prepare ?? limited)(own);
  new PipelineRun(chart, 'run', { pipeline: prepare ? own : Pipeline.fromName('elsewhere'), ...times });
  return chart;
}

const WRITTEN: [what: string, prepare: Prepare | undefined, times: Times, timeouts: any][] = [
  ['what the tasks and finally need', limited, {}, { pipeline: '2m', tasks: '1m40s', finally: '20s' }],
  ['no part for finally where there is none', withoutFinally, {}, { pipeline: '1m40s', tasks: '1m40s' }],
  [
    'an hour for a task without a timeout',
    finallyWithoutTimeout,
    {},
    { pipeline: '1h1m40s', tasks: '1m40s', finally: '1h' },
  ],
  [
    'the rest of a given whole for the tasks',
    limited,
    { timeout: seconds(150) },
    { pipeline: '2m30s', tasks: '2m10s', finally: '20s' },
  ],
  ['a given whole alone', withoutFinally, { timeout: seconds(150) }, { pipeline: '2m30s' }],
  [
    'a given part for the tasks',
    limited,
    { tasksTimeout: seconds(140) },
    { pipeline: '2m40s', tasks: '2m20s', finally: '20s' },
  ],
  [
    'a given part for finally',
    limited,
    { finallyTimeout: seconds(80) },
    { pipeline: '3m', tasks: '1m40s', finally: '1m20s' },
  ],
  [
    'a given whole that is just enough',
    limited,
    { timeout: seconds(120), tasksTimeout: seconds(100) },
    { pipeline: '2m', tasks: '1m40s', finally: '20s' },
  ],
  ['nothing for a Pipeline that is defined elsewhere', undefined, {}, undefined],
  [
    'an hour beside a part for finally of such a Pipeline',
    undefined,
    { finallyTimeout: seconds(60) },
    { pipeline: '1h1m', tasks: '1h', finally: '1m' },
  ],
  [
    'the part for the tasks of such a Pipeline as the whole',
    undefined,
    { tasksTimeout: seconds(60) },
    { pipeline: '1m', tasks: '1m' },
  ],
  ['no limit where one task has none', unlimited, {}, { pipeline: '0s' }],
  ['no limit where none is wanted', limited, { timeout: seconds(0) }, { pipeline: '0s' }],
  [
    'one part of what has no limit',
    limited,
    { timeout: seconds(0), tasksTimeout: seconds(120) },
    { pipeline: '0s', tasks: '2m' },
  ],
  [
    'parts of a second',
    withoutFinally,
    { timeout: Duration.millis(200_500), tasksTimeout: Duration.millis(150_250) },
    { pipeline: '3m20s500ms', tasks: '2m30s250ms' },
  ],
  [
    'what a single task has in this run',
    limited,
    { taskRunSpecs: { first: { timeout: seconds(300) } } },
    { pipeline: '5m20s', tasks: '5m', finally: '20s' },
  ],
];

test.each(WRITTEN)('a run has %s', (_what, prepare, times, timeouts) => {
  expect(manifest(run(prepare, times), 'PipelineRun').spec.timeouts).toEqual(timeouts);
});

const TASK = (name: string) => `raise timeout, tasksTimeout or finallyTimeout, or lower the timeout of ${name}`;
const RAISE = 'raise timeout, or lower tasksTimeout or finallyTimeout';
const REFUSED: [what: string, prepare: Prepare, times: Times, found: string, expected: string, fix: string][] = [
  [
    'a whole that is a second too short',
    limited,
    { timeout: seconds(119), tasksTimeout: seconds(100) },
    'timeouts of 119 s for the pipeline, 100 s for its tasks and 20 s for finally',
    'at least 120 s for the pipeline',
    RAISE,
  ],
  [
    'a whole that is shorter than finally alone',
    finallyWithoutTimeout,
    { timeout: seconds(600) },
    'timeouts of 600 s for the pipeline and 3600 s for finally (Tekton gives an hour to a task without a timeout, such as last)',
    'more than 3600 s for the pipeline',
    RAISE,
  ],
  [
    'a whole that finally takes up',
    limited,
    { timeout: seconds(20) },
    'timeouts of 20 s for the pipeline and 20 s for finally',
    'more than 20 s for the pipeline',
    RAISE,
  ],
  [
    'a part without a limit in a whole that has one',
    limited,
    { timeout: seconds(600), finallyTimeout: seconds(0) },
    'timeouts of 600 s for the pipeline, 600 s for its tasks and 0 s for finally',
    'a limit for each part, because the pipeline has one',
    'raise the part that is 0, or leave it out',
  ],
  [
    'two parts of a whole that has no limit',
    limited,
    { timeout: seconds(0), tasksTimeout: seconds(60), finallyTimeout: seconds(60) },
    'timeouts of 0 s for the pipeline, 60 s for its tasks and 60 s for finally',
    'no more than one limit for a part when the pipeline has none',
    'remove tasksTimeout or finallyTimeout',
  ],
  [
    'less for the tasks than one of them may take',
    limited,
    { tasksTimeout: seconds(99) },
    'a timeout of 99 s for its tasks, but task first may take 100 s',
    'at least 100 s for its tasks',
    TASK('first'),
  ],
  [
    'less for all than one task may take',
    withoutFinally,
    { timeout: seconds(99) },
    'a timeout of 99 s for its tasks, but task first may take 100 s',
    'at least 100 s for its tasks',
    TASK('first'),
  ],
  [
    'what is left for the tasks',
    limited,
    { timeout: seconds(119) },
    'a timeout of 99 s for its tasks, but task first may take 100 s',
    'at least 100 s for its tasks',
    TASK('first'),
  ],
  [
    'less for finally than one of its tasks may take',
    limited,
    { finallyTimeout: seconds(19) },
    'a timeout of 19 s for finally, but task last may take 20 s',
    'at least 20 s for finally',
    TASK('last'),
  ],
];

test.each(REFUSED)('a run can not have %s', (_what, prepare, times, found, expected, fix) => {
  expect(problems(run(prepare, times))).toEqual([
    `chart/run: ${found}; expected ${expected}; fix: ${fix} (run-timeouts)`,
  ]);
});

test('tasks side by side count once, tasks one after another and tries add up', () => {
  const chart = newChart();
  const pipeline = new Pipeline(chart, 'pipeline');
  const first = pipeline.addTask('first', any, { timeout: seconds(10), retries: 2 });
  pipeline.addTask('beside', any, { timeout: seconds(15) });
  pipeline.addTask('second', any, { timeout: seconds(5), runAfter: [first] });
  pipeline.addFinally('one', any, { timeout: seconds(3) });
  pipeline.addFinally('two', any, { timeout: seconds(4), retries: 1 });
  new PipelineRun(chart, 'run', { pipeline });
  expect(manifest(chart, 'PipelineRun').spec.timeouts).toEqual({ pipeline: '43s', tasks: '35s', finally: '8s' });
});

test('tries count where no timeout is set as well', () => {
  const chart = newChart();
  const pipeline = new Pipeline(chart, 'pipeline');
  pipeline.addTask('first', any, { retries: 3 });
  new PipelineRun(chart, 'run', { pipeline });
  expect(manifest(chart, 'PipelineRun').spec.timeouts).toEqual({ pipeline: '4h', tasks: '4h' });
});

test('a task may have parts of a second', () => {
  const chart = newChart();
  const pipeline = new Pipeline(chart, 'pipeline');
  pipeline.addTask('first', any, { timeout: Duration.millis(1500) });
  new PipelineRun(chart, 'run', { pipeline });
  expect(manifest(chart, 'PipelineRun').spec.timeouts).toEqual({ pipeline: '1s500ms', tasks: '1s500ms' });
});

test('what a run says of a single task goes before the time of the task', () => {
  const times = { tasksTimeout: seconds(50), taskRunSpecs: { first: { timeout: seconds(40) } } };
  expect(problems(run(limited, times))).toEqual([]);
});

test('a part that was given for finally does not come from its tasks', () => {
  const times = { timeout: seconds(600), finallyTimeout: seconds(600) };
  const [message] = problems(run(finallyWithoutTimeout, times));
  expect(message).toContain('timeouts of 600 s for the pipeline and 600 s for finally; expected more than 600 s');
});
