import type { Construct, IConstruct } from 'constructs';
import type { Problem } from './problem';

/** For every app, the path of the first construct with each kind, namespace and name. */
const firsts = new WeakMap<IConstruct, Map<string, string>>();

/**
 * Two objects of one kind, namespace and name are one object in the cluster: the later one would silently replace the
 * earlier one. Call it once for each object; the answer is the problem, if there is one.
 */
export function duplicateObject(
  construct: Construct,
  kind: string,
  namespace: string | undefined,
  name: string,
): Problem[] {
  const root = construct.node.root;
  const objects = firsts.get(root) ?? new Map<string, string>();
  firsts.set(root, objects);
  const key = `${kind}/${namespace ?? ''}/${name}`;
  const first = objects.get(key);
  if (first === undefined) {
    objects.set(key, construct.node.path);
    return [];
  }
  return [
    {
      code: 'duplicate-object',
      path: construct.node.path,
      found: `the ${kind} "${name}", which ${first} defines as well`,
      expected: 'one definition of each object in a namespace',
      fix: 'give one of them another name or id, or use the one construct in both places',
    },
  ];
}
