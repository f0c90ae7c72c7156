import { App, Chart } from 'cdk8s';
import { array, assert, constantFrom, property, record, string, stringMatching } from 'fast-check';
import { Pipeline, ResultType, Task } from '../../lib';
import { referencesIn, textsIn } from '../../lib/rules/reference';

const label = stringMatching(/^[a-z0-9]([-a-z0-9]{0,8}[a-z0-9])?$/);
const paramName = stringMatching(/^[_a-zA-Z][_a-zA-Z0-9.-]{0,8}$/);
const objectName = stringMatching(/^[_a-zA-Z][_a-zA-Z0-9-]{0,8}$/);
const resultName = stringMatching(/^([A-Za-z0-9][-A-Za-z0-9_]{0,8})?[A-Za-z0-9]$/);
/** Text around a variable, with all that could be taken for a part of one. */
const noise = array(constantFrom('$', '(', '[', '"', "'", '.', 'a', ' ', '\n', '$A', '$$'), { maxLength: 6 }).map(
  (parts) => parts.join(''),
);

test('what handles write is read back, whatever stands around it', () => {
  const names = record({ param: paramName, object: objectName, key: objectName, task: label, result: resultName });
  assert(
    property(names, noise, noise, ({ param, object, key, task: use, result }, before, after) => {
      const chart = new Chart(new App(), 'chart');
      const task = new Task(chart, 'task');
      const step = task.addStep(use, { image: 'a', results: { [result]: ResultType.STRING, list: ResultType.ARRAY } });
      const used = new Pipeline(chart, 'pipeline').addTask(use, task);
      const list = task.addArrayParam(param);
      const map = task.addObjectParam(object, { keys: [key] });
      const workspace = task.addWorkspace(use);
      const handles: [text: string, parts: string[], index?: string][] = [
        [task.addParam(param).ref, ['params', param]],
        [list.ref, ['params', param], '*'],
        [list.at(7), ['params', param], '7'],
        [map.ref, ['params', object], '*'],
        [map.key(key), ['params', object, key]],
        [task.addResult(result).path, ['results', result, 'path']],
        [workspace.path, ['workspaces', use, 'path']],
        [workspace.bound, ['workspaces', use, 'bound']],
        [step.resultPath(result), ['step', 'results', result, 'path']],
        [step.result('list'), ['steps', use, 'results', 'list'], '*'],
        [used.result(result), ['tasks', use, 'results', result]],
        [used.arrayResult(result), ['tasks', use, 'results', result], '*'],
        [used.resultElement(result, 7), ['tasks', use, 'results', result], '7'],
        [used.resultKey(result, key), ['tasks', use, 'results', result, key]],
        [used.status, ['tasks', use, 'status']],
        [used.statusReason, ['tasks', use, 'reason']],
        [used.matrixLength, ['tasks', use, 'matrix', 'length']],
        [step.exitCodePath, ['steps', `step-${use}`, 'exitCode', 'path']],
        [step.resultElement('list', 7), ['steps', use, 'results', 'list'], '7'],
      ];
      for (const [text, [root, ...path], index] of handles) {
        const expected = { text, root, path, index, literal: undefined };
        expect(referencesIn(`${before} ${text}${after}`)).toContainEqual(expected);
      }
    }),
    { numRuns: 50 },
  );
});

test('a text without a variable has none', () => {
  assert(
    property(string(), (text) => {
      expect(referencesIn(text.replaceAll('$(', '('))).toEqual([]);
    }),
  );
});

test.each(['$(', '$()', '$((1 + 2))', '$params.a', '(params.a)'])('%s is no variable', (text) => {
  expect(referencesIn(text)).toEqual([]);
});

test('a doubled dollar does not keep Tekton from putting in a value', () => {
  expect(referencesIn('$$(params.a)')).toEqual([{ text: '$(params.a)', root: 'params', path: ['a'] }]);
});

test('texts with variables are found in lists and maps, and in nothing that is no text', () => {
  const value = [
    '$(params.a)',
    { b: '-$(params.b)', c: ['$(params.c)', 'd'] },
    1,
    true,
    null,
    undefined,
    '$(date +%s)',
  ];
  const found = textsIn('x', value, 'item');
  expect(found.map(({ where, text, place }) => [where, text, place])).toEqual([
    ['x', '$(params.a)', 'item'],
    ['x', '-$(params.b)', 'item'],
    ['x', '$(params.c)', 'item'],
  ]);
  expect(found[1].references).toEqual(referencesIn('$(params.b)'));
});
