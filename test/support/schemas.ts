import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import { parseAllDocuments } from 'yaml';

/** A node of a schema as CRDs have it. */
export type Schema = { [key: string]: any };

const OURS = join(__dirname, '../../crds');
/** The schemas of the projects themselves, where they are at hand. */
export const UPSTREAM = join(__dirname, '../../../shared/crds');
const GROUPS = ['tekton.dev', 'triggers.tekton.dev', 'iter8.tools', 'networking.istio.io', 'route.openshift.io'];

function readAll(files: readonly string[]): Map<string, Schema> {
  const schemas = new Map<string, Schema>();
  for (const file of files) {
    for (const document of parseAllDocuments(readFileSync(file, 'utf8'))) {
      const crd = document.toJS();
      if (crd?.kind !== 'CustomResourceDefinition') {
        continue;
      }
      const { group, names, versions = [{ name: crd.spec.version }], validation } = crd.spec;
      for (const version of versions) {
        const schema = version.schema?.openAPIV3Schema ?? validation?.openAPIV3Schema;
        if (schema) {
          schemas.set(`${group}/${version.name} ${names.kind}`, schema);
        }
      }
    }
  }
  return schemas;
}

/** Our schemas, by apiVersion and kind. */
export const ours = readAll(readdirSync(OURS).map((file) => join(OURS, file)));

/** Theirs; empty where they are not at hand. The last v1alpha1 stands for those before it. */
export const upstream = existsSync(UPSTREAM)
  ? readAll([
      ...['tasks', 'pipelines', 'pipelineruns', 'taskruns'].map((name) => join(UPSTREAM, `tekton/v1.15/${name}.yaml`)),
      ...['eventlisteners', 'triggerbindings', 'triggertemplates'].map((name) =>
        join(UPSTREAM, `triggers/${name}.yaml`),
      ),
      join(UPSTREAM, 'iter8/v1alpha2.yaml'),
      join(UPSTREAM, 'iter8/v1alpha1-v0.2.1.yaml'),
    ])
  : new Map<string, Schema>();

/** Theirs of v1alpha1, by file, the oldest first; empty where they are not at hand. */
const v1alpha1 = existsSync(UPSTREAM)
  ? ['v1alpha1', 'v1alpha1-2019-11', 'v1alpha1-v0.0.1', 'v1alpha1-v0.1.1', 'v1alpha1-v0.2.1'].map(
      (name): [string, Schema] => {
        const schema = readAll([join(UPSTREAM, `iter8/${name}.yaml`)]).get('iter8.tools/v1alpha1 Experiment') ?? {};
        // Those of 2019 leave out what it has in common with any reference to an object.
        const { properties } = schema.properties.spec.properties.targetService;
        for (const field of ['apiVersion', 'kind', 'name', 'namespace']) {
          properties[field] ??= { type: 'string' };
        }
        return [name, schema];
      },
    )
  : [];

/** What is wrong with an Experiment by each of iter8's schemas of v1alpha1. */
export function v1alpha1Problems(manifest: any): [file: string, problems: string[]][] {
  return manifest.apiVersion !== 'iter8.tools/v1alpha1'
    ? []
    : v1alpha1.map(([file, schema]) => [file, check(schema, manifest, 'upstream')]);
}

/** A CRD's schema as JSON schema, in which fields that it does not know are refused. */
function strict(schema: Schema, root = true): Schema {
  if (schema['x-kubernetes-int-or-string']) {
    // JSON schema tries a pattern on strings only, so integers pass as quantities do.
    return { type: ['integer', 'string'], ...(schema.pattern && { pattern: schema.pattern }) };
  }
  const { type, enum: values, required, properties, items, additionalProperties, pattern } = schema;
  const open = schema['x-kubernetes-preserve-unknown-fields'] || (!properties && !items);
  const result: Schema = {};
  if (type) result.type = type;
  if (values) result.enum = values;
  if (required) result.required = required;
  if (pattern) result.pattern = pattern;
  if (items) result.items = strict(items, false);
  if (properties) {
    result.properties = Object.fromEntries(
      Object.entries(properties).map(([name, each]) => [name, strict(each as Schema, false)]),
    );
    if (root) {
      Object.assign(result.properties, { apiVersion: {}, kind: {}, metadata: { type: 'object' } });
    }
  }
  if (typeof additionalProperties === 'object') {
    result.additionalProperties = strict(additionalProperties, false);
  } else if (!open && properties) {
    result.additionalProperties = false;
  }
  return result;
}

const ajv = new Ajv({ allErrors: true, strict: false });
const compiled = new Map<Schema, ReturnType<typeof ajv.compile>>();

function check(schema: Schema, manifest: unknown, whose: string): string[] {
  let validator = compiled.get(schema);
  if (!validator) {
    validator = ajv.compile(strict(schema));
    compiled.set(schema, validator);
  }
  validator(manifest);
  return (validator.errors ?? []).map(({ instancePath, message, params }) => {
    return `${whose} schema: ${instancePath || '/'} ${message} ${JSON.stringify(params)}`;
  });
}

/** What is wrong with a manifest by our schemas, and by the projects' own where they are at hand. */
export function schemaProblems(manifest: any): string[] {
  const { apiVersion, kind } = manifest;
  if (!GROUPS.includes(String(apiVersion).split('/')[0])) {
    return [];
  }
  const key = `${apiVersion} ${kind}`;
  const known = ours.get(key);
  if (!known) {
    return [`${key} is a kind without a schema in crds/`];
  }
  const theirs = upstream.get(key);
  return [...check(known, manifest, 'our'), ...(theirs ? check(theirs, manifest, 'upstream') : [])];
}
