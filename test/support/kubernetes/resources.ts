/** A kind of object that the double serves. */
export interface Resource {
  readonly group: string;
  readonly versions: readonly string[];
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** Whether `status` can be written only at `/status`, as with most kinds. */
  readonly statusSubresource: boolean;
}

function resource(
  group: string,
  versions: string,
  plural: string,
  kind: string,
  more: Partial<Resource> = {},
): Resource {
  return { group, versions: versions.split(' '), plural, kind, namespaced: true, statusSubresource: true, ...more };
}

/** All of them; another kind is a line here. */
export const RESOURCES: readonly Resource[] = [
  resource('', 'v1', 'namespaces', 'Namespace', { namespaced: false }),
  resource('', 'v1', 'pods', 'Pod'),
  resource('', 'v1', 'services', 'Service'),
  resource('', 'v1', 'configmaps', 'ConfigMap'),
  resource('', 'v1', 'secrets', 'Secret'),
  resource('', 'v1', 'serviceaccounts', 'ServiceAccount'),
  resource('apps', 'v1', 'deployments', 'Deployment'),
  resource('coordination.k8s.io', 'v1', 'leases', 'Lease'),
  resource('networking.istio.io', 'v1 v1beta1 v1alpha3', 'virtualservices', 'VirtualService'),
  resource('networking.istio.io', 'v1 v1beta1 v1alpha3', 'destinationrules', 'DestinationRule'),
  resource('networking.istio.io', 'v1 v1beta1 v1alpha3', 'gateways', 'Gateway'),
  resource('tekton.dev', 'v1', 'pipelineruns', 'PipelineRun'),
  resource('tekton.dev', 'v1', 'taskruns', 'TaskRun'),
  // One storage for both versions, unlike in a cluster, which has either.
  resource('iter8.tools', 'v1alpha2 v1alpha1', 'experiments', 'Experiment'),
];

/** What kubectl asks first: which groups there are. */
export function groupList(): object {
  const groups = [...new Set(RESOURCES.map(({ group }) => group))].filter((group) => group !== '');
  return {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: groups.map((name) => {
      const versions = RESOURCES.find(({ group }) => group === name)?.versions ?? [];
      const list = versions.map((version) => ({ groupVersion: `${name}/${version}`, version }));
      return { name, versions: list, preferredVersion: list[0] };
    }),
  };
}

/** What kubectl asks next: which kinds a group has. */
export function resourceList(group: string, version: string): object | undefined {
  const found = RESOURCES.filter((each) => each.group === group && each.versions.includes(version));
  if (found.length === 0) {
    return undefined;
  }
  const verbs = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'];
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: group === '' ? version : `${group}/${version}`,
    resources: found.map(({ plural, kind, namespaced }) => {
      return { name: plural, singularName: kind.toLowerCase(), namespaced, kind, verbs };
    }),
  };
}

/** What kubectl asks before it applies something: whether the API itself finds unknown fields. */
export function openApi(path: string): object | undefined {
  const groupPath = ({ group }: Resource, version: string) =>
    group === '' ? `api/${version}` : `apis/${group}/${version}`;
  if (path === '/openapi/v3') {
    const all = RESOURCES.flatMap((each) => each.versions.map((version) => groupPath(each, version)));
    return { paths: Object.fromEntries(all.map((each) => [each, { serverRelativeURL: `/openapi/v3/${each}` }])) };
  }
  const found = RESOURCES.flatMap((each) => each.versions.map((version) => ({ ...each, version }))).filter((each) => {
    return path === `/openapi/v3/${groupPath(each, each.version)}`;
  });
  const paths = found.map(({ group, version, kind, plural }) => {
    const patch = {
      parameters: [{ name: 'fieldValidation', in: 'query', schema: { type: 'string' } }],
      responses: {},
      'x-kubernetes-group-version-kind': { group, version, kind },
    };
    return [`${path.replace('/openapi/v3', '')}/namespaces/{namespace}/${plural}/{name}`, { patch }];
  });
  return found.length > 0
    ? { openapi: '3.0.0', info: { title: 'double', version: '1' }, paths: Object.fromEntries(paths) }
    : undefined;
}
