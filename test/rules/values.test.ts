import { App, Chart, Duration } from 'cdk8s';
import { Pipeline, Task } from '../../lib';
import { nearest } from '../../lib/rules/problem';
import { referencesIn } from '../../lib/rules/reference';
import { goDuration, show } from '../../lib/rules/values';

test.each([
  [Duration.seconds(0), '0s'],
  [Duration.millis(1500), '1s500ms'],
  [Duration.seconds(0.0015), '2ms'],
  [Duration.seconds(90), '1m30s'],
  [Duration.hours(25), '25h'],
  [Duration.seconds(3661), '1h1m1s'],
])('%s is written as Go reads it', (duration, text) => {
  expect(goDuration(duration)).toBe(text);
});

test.each([
  ['$(params.a)', ['params', 'a'], undefined],
  ['$(params["a.b"])', ['params', 'a.b'], undefined],
  ["x $(params['a.b'][*]) y", ['params', 'a.b'], '*'],
  ['$(tasks.build.results.images[0])', ['tasks', 'build', 'results', 'images'], '0'],
  ['$(params)', ['params'], undefined],
])('%s is read as %s', (text, parts, index) => {
  expect(referencesIn(text).map((each) => [[each.root, ...each.path], each.index, each.literal])).toEqual([
    [parts, index, undefined],
  ]);
});

test.each(['$(date +%s)', '$()', '$( )', '$(params x)', '$x', '(params.x)', '$(.x)'])('%s is no variable', (text) => {
  expect(referencesIn(text)).toEqual([]);
});

test('several variables in a text are read one by one', () => {
  expect(referencesIn('$(params.a)@$(params.b)').map(({ text }) => text)).toEqual(['$(params.a)', '$(params.b)']);
});

test('a name is suggested only when it is near enough', () => {
  expect(nearest('imgae', ['image', 'commit'])).toBe('image');
  expect(nearest('whatever', ['image', 'commit'])).toBeUndefined();
  expect(nearest('x', ['y', 'ab'])).toBeUndefined();
  expect(nearest('ab', ['cd'])).toBeUndefined();
  expect(nearest('ab', ['cb'])).toBe('cb');
  expect(nearest('', ['a'])).toBeUndefined();
});

test('of names that are as near, those are suggested that are missing, and then the first', () => {
  expect(nearest('lisd', ['list', 'lisa'])).toBe('lisa');
  expect(nearest('lisd', ['lisa', 'list'], ['list'])).toBe('list');
});

test.each([
  [undefined, 'undefined'],
  [Number.NaN, 'NaN'],
  [Number.POSITIVE_INFINITY, 'Infinity'],
  [10n, '10'],
  ['a', '"a"'],
  [{ a: [1n, Number.NaN] }, '{"a":["1","NaN"]}'],
  [() => 1, 'function'],
])('the value %s is shown as %s', (value, text) => {
  expect(show(value)).toBe(text);
});

test('a wrong name is refused where it is given', () => {
  const chart = new Chart(new App(), 'chart');
  const task = new Task(chart, 'task');
  const expected = 'expected at most 63 lower-case letters, digits and "-", with a letter or digit at both ends';
  expect(() => task.addStep('Run', { image: 'a' })).toThrow(
    `chart/task: the name of a step is "Run"; ${expected}; fix: give the name of a step another value`,
  );
  expect(() => task.addWorkspace('a b')).toThrow('chart/task: the name of a workspace is "a b"');
  expect(() => task.addParam('1st')).toThrow(
    'chart/task: the name of a param is "1st"; expected letters, digits, "_", "-" and "."',
  );
  expect(() => task.addResult('a b')).toThrow('chart/task: the name of a result is "a b"');
  expect(() => new Task(chart, 'Task!')).toThrow('chart/Task!: the name of a Task is "Task!"');
  expect(() => new Task(chart, `t${'x'.repeat(63)}`)).toThrow('the name of a Task is');
  expect(() => new Pipeline(chart, 'pipeline').addTask('a.b', task)).toThrow(
    'chart/pipeline/a.b: the name of a task is "a.b"',
  );
});
