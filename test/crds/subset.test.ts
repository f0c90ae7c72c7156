import { ours, type Schema, upstream } from '../support/schemas';

/** Where a schema allows what the other one does not, or leaves out what the other one asks for. */
function excess(mine: Schema, theirs: Schema, path = ''): string[] {
  if (theirs['x-kubernetes-preserve-unknown-fields'] && !theirs.properties) {
    return [];
  }
  const found: string[] = [];
  for (const word of ['type', 'x-kubernetes-int-or-string']) {
    if (mine[word] !== theirs[word]) {
      found.push(`${path}: ${word} is ${mine[word]}, upstream ${theirs[word]}`);
    }
  }
  if (theirs.enum) {
    found.push(
      ...(mine.enum ?? ['anything'])
        .filter((value: string) => !theirs.enum.includes(value))
        .map((value: string) => `${path}: value ${value}`),
    );
  }
  if (mine.properties) {
    found.push(
      ...(theirs.required ?? [])
        .filter((name: string) => !mine.required?.includes(name))
        .map((name: string) => `${path}.${name} is required upstream`),
    );
  }
  for (const [name, each] of Object.entries<Schema>(mine.properties ?? {})) {
    const other = theirs.properties?.[name];
    if (other) {
      found.push(...excess(each, other, `${path}.${name}`));
    } else if (!theirs['x-kubernetes-preserve-unknown-fields']) {
      found.push(`${path}.${name} is unknown upstream`);
    }
  }
  if (typeof mine.additionalProperties === 'object') {
    found.push(
      ...(typeof theirs.additionalProperties === 'object'
        ? excess(mine.additionalProperties, theirs.additionalProperties, `${path}.*`)
        : theirs['x-kubernetes-preserve-unknown-fields']
          ? []
          : [`${path} is no map upstream`]),
    );
  }
  if (mine.items) {
    found.push(...(theirs.items ? excess(mine.items, theirs.items, `${path}[]`) : [`${path} is no list upstream`]));
  }
  return found;
}

test.each([
  ['a field', { properties: { a: { type: 'string' } } }, { properties: {} }, '.a is unknown upstream'],
  [
    'a type',
    { properties: { a: { type: 'string' } } },
    { properties: { a: { type: 'integer' } } },
    '.a: type is string, upstream integer',
  ],
  ['a value', { enum: ['a', 'b'] }, { enum: ['a'] }, ': value b'],
  ['no value at all', {}, { enum: ['a'] }, ': value anything'],
  ['a missing field', { properties: {} }, { properties: { a: {} }, required: ['a'] }, '.a is required upstream'],
  [
    'a type of a map',
    { additionalProperties: { type: 'string' } },
    { additionalProperties: { type: 'integer' } },
    '.*: type is string, upstream integer',
  ],
  ['a map', { additionalProperties: { type: 'string' } }, { properties: {} }, ' is no map upstream'],
  [
    'a field of an item',
    { items: { properties: { a: {} } } },
    { items: { properties: {} } },
    '[].a is unknown upstream',
  ],
])('the comparison finds %s that is not upstream', (_what, mine, theirs, problem) => {
  expect(excess(mine, theirs)).toEqual([problem]);
});

// Istio's and OpenShift's own schemas are not among those for tests.
const known = [...ours.keys()].filter((kind) => !/^(networking\.istio|route\.openshift)\.io\//.test(kind));
const where = upstream.size > 0 ? test : test.skip;

where.each(known)('our schema of %s is a subset of the upstream one', (kind) => {
  const theirs = upstream.get(kind);
  expect(theirs).toBeDefined();
  // Triggers has a kind and no fields; its webhook refuses the ones that it does not know.
  expect(excess(ours.get(kind)?.properties.spec, theirs?.properties?.spec ?? theirs)).toEqual([]);
});

test('the schemas are of the kinds that are written', () => {
  expect([...ours.keys()].sort()).toEqual([
    'iter8.tools/v1alpha1 Experiment',
    'iter8.tools/v1alpha2 Experiment',
    'networking.istio.io/v1beta1 DestinationRule',
    'networking.istio.io/v1beta1 Gateway',
    'networking.istio.io/v1beta1 VirtualService',
    'route.openshift.io/v1 Route',
    'tekton.dev/v1 Pipeline',
    'tekton.dev/v1 PipelineRun',
    'tekton.dev/v1 Task',
    'tekton.dev/v1 TaskRun',
    'triggers.tekton.dev/v1beta1 EventListener',
    'triggers.tekton.dev/v1beta1 TriggerBinding',
    'triggers.tekton.dev/v1beta1 TriggerTemplate',
  ]);
});
