import { schemaProblems, upstream } from '../support/schemas';

const task = (spec: object) => ({ apiVersion: 'tekton.dev/v1', kind: 'Task', metadata: { name: 'a' }, spec });

test('a manifest that is right has no problems', () => {
  expect(schemaProblems(task({ params: [{ name: 'a', default: ['b'] }], steps: [{ name: 's', image: 'i' }] }))).toEqual(
    [],
  );
});

test.each([
  [
    'an unknown field',
    { steps: [{ name: 's', image: 'i', imagine: true }] },
    '/spec/steps/0 must NOT have additional properties',
  ],
  ['a wrong type', { steps: 'none' }, '/spec/steps must be array'],
  ['a missing field', { steps: [{ image: 'i' }] }, "/spec/steps/0 must have required property 'name'"],
])('%s is a problem', (_what, spec, problem) => {
  expect(schemaProblems(task(spec))[0]).toContain(`our schema: ${problem}`);
});

const cpu = (value: unknown) =>
  schemaProblems(task({ steps: [{ name: 's', image: 'i', computeResources: { requests: { cpu: value } } }] }));

test('a quantity is a number or a text', () => {
  expect([...cpu('100m'), ...cpu(1)]).toEqual([]);
  expect(cpu(true)[0]).toContain('our schema: /spec/steps/0/computeResources/requests/cpu must be integer,string');
});

// Our schemas leave the syntax of quantities to the ones that have it.
(upstream.size > 0 ? test : test.skip)('a text that is no quantity is a problem by the upstream schema', () => {
  expect(cpu('lots')).toEqual([
    expect.stringContaining('upstream schema: /spec/steps/0/computeResources/requests/cpu must match pattern'),
  ]);
});

test('a kind that is not in the schemas is a problem, unless it is none of these groups', () => {
  expect(schemaProblems({ apiVersion: 'tekton.dev/v1', kind: 'Step' })).toEqual([
    'tekton.dev/v1 Step is a kind without a schema in crds/',
  ]);
  expect(schemaProblems({ apiVersion: 'v1', kind: 'Secret' })).toEqual([]);
});
