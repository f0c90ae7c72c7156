import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Iter8Api } from '../iter8/iter8-api';
import type { SecurityContext } from '../tekton/security-context';

const FOLDER = join(__dirname, 'scripts');
const INCLUDE = /^\. "\$\(dirname "\$0"\)\/([a-z0-9.-]+)"\n/gm;
const read = new Map<string, string>();

/**
 * The text of a script in `scripts/`, with the files that it includes in place of the lines that include them: a step
 * has one file.
 * @internal
 */
export function script(name: string): string {
  const known = read.get(name);
  if (known !== undefined) {
    return known;
  }
  const text = readFileSync(join(FOLDER, name), 'utf8')
    .replace(INCLUDE, (_line, included: string) => script(included))
    .replace(/^# shellcheck .*\n/gm, '');
  read.set(name, text);
  return text;
}

/**
 * What steps run as that need no rights at all: the strictest of Kubernetes' Pod Security Standards. The user is nobody,
 * whom images know by name: ssh refuses to work for one that has none.
 * @internal
 */
export const RESTRICTED: SecurityContext = {
  runAsNonRoot: true,
  runAsUser: 65534,
  runAsGroup: 65534,
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
};

/** Where steps may write: the user has no home of its own in the image, and the image may have no /tmp. @internal */
export const WRITABLE = { HOME: '/tekton/home', TMPDIR: '/tekton/home' };

/** Where Tekton puts the credentials of the service account's Secrets, for this step alone. @internal */
export const CREDENTIALS = { CREDENTIALS: '$(credentials.path)' };

/**
 * Keeps Istio from adding its proxy to the pods of tasks in a namespace of the mesh: it would outlive the steps in older
 * versions, and it delays every task.
 * @internal
 */
export const OUTSIDE_MESH = { 'sidecar.istio.io/inject': 'false' };

/** Has Istio add its proxy, whatever the namespace says. @internal */
export const INSIDE_MESH = { 'sidecar.istio.io/inject': 'true' };

/** How the scripts read and change experiments and routing in a version of iter8's API. @internal */
export function iter8Environment(api: Iter8Api): Record<string, string> {
  const dialect = api._dialect;
  return {
    ITER8_API_VERSION: dialect.apiVersion,
    ITER8_RESOURCE: dialect.resource,
    ITER8_STATE: dialect.state,
    ITER8_CLEAR: dialect.clear,
    ITER8_RESUME: dialect.resume,
    ITER8_TERMINATE: dialect.terminate,
    ITER8_PROMOTE: dialect.promote,
    ITER8_ROUTER_LABEL: dialect.routerLabel,
    ITER8_ROUTER_BY_SERVICE: String(dialect.routerByService),
    ITER8_ROUTER_NAME: dialect.routerName,
  };
}
