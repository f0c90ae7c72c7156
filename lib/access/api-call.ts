/** Calls of the Kubernetes API that a task makes, in the fields of a Role's rule. */
export interface ApiCall {
  /** API group; empty for the core group. */
  readonly group: string;
  /** Resources, in the plural: `deployments`. */
  readonly resources: string[];
  /** Verbs: `get`, `list`, `create`, `patch`, … */
  readonly verbs: string[];
}

/** Calls that all uses of a Task share, so nobody can change them. @internal */
export function shared(calls: ApiCall[]): ApiCall[] {
  for (const call of calls) {
    Object.freeze(call.resources);
    Object.freeze(call.verbs);
    Object.freeze(call);
  }
  Object.freeze(calls);
  return calls;
}
