import { ApiObject, Chart, JsonPatch } from 'cdk8s';
import type { Construct } from 'constructs';

/** Writes an object of RBAC that is in no namespace. @internal */
export function clusterObject(
  scope: Construct,
  id: string,
  kind: string,
  name: string,
  fields: { readonly [field: string]: any },
): void {
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  const written = new ApiObject(scope, id, { apiVersion, kind, metadata: { name }, ...fields });
  if (Chart.of(scope).namespace !== undefined) {
    // cdk8s gives every object the chart's namespace; these have none.
    written.addJsonPatch(JsonPatch.remove('/metadata/namespace'));
  }
}
