import type { EnvValue } from 'cdk8s-plus-25';
import type { ContainerModel } from '../rules/model';
import { type LocatedText, textsIn } from '../rules/reference';
import { cleanPath, isVariable, refuse, requireName, requireOneOf } from '../rules/values';
import { type ComputeResources, requireComputeResources } from './compute-resources';
import { isScalar } from './param-value';
import { requireSecurityContext, type SecurityContext } from './security-context';
import type { VolumeMount } from './volume';

/** What a Task gives to all of its steps that don't say otherwise. */
export interface StepTemplate {
  /**
   * Image.
   * @default - every step has its own
   */
  readonly image?: string;
  /**
   * Working folder.
   * @default - the image's
   */
  readonly workingDir?: string;
  /**
   * Environment variables.
   * @default - none
   */
  readonly env?: { readonly [name: string]: string };
  /**
   * Environment variables from Secrets, ConfigMaps and fields of the pod.
   * @default - none
   */
  readonly envValues?: { readonly [name: string]: EnvValue };
  /**
   * Mounted volumes.
   * @default - none
   */
  readonly volumeMounts?: VolumeMount[];
  /**
   * Compute resources.
   * @default - the namespace's defaults
   */
  readonly computeResources?: ComputeResources;
  /**
   * Security context.
   * @default - the image's and the pod's
   */
  readonly securityContext?: SecurityContext;
  /**
   * When Kubernetes pulls the image: `Always`, `IfNotPresent` or `Never`.
   * @default - Kubernetes' own: IfNotPresent for a tag other than latest
   */
  readonly imagePullPolicy?: string;
}

/** What steps and sidecars have in common. */
export interface ContainerProps extends StepTemplate {
  /**
   * The program, in place of the image's entrypoint. Not together with `script`.
   * @default - the image's entrypoint
   */
  readonly command?: string[];
  /**
   * The program's arguments.
   * @default - none
   */
  readonly args?: string[];
  /**
   * A script to run. It begins with a line like `#!/bin/sh`; without one Tekton puts `#!/bin/sh` and `set -e` before it.
   * Tekton variables are refused in it: hand values over by `env`.
   * @default - none
   */
  readonly script?: string;
}

/** Refuses what Kubernetes or Tekton would refuse in a container. @internal */
export function requireContainer(path: string, of: string, props: ContainerProps): void {
  const { image, env = {}, envValues = {}, imagePullPolicy } = props;
  if (image !== undefined && (typeof image !== 'string' || image === '')) {
    refuse(path, `the image of ${of}`, image, 'an image', 'name it, or leave it to the stepTemplate');
  }
  for (const [name, value] of Object.entries(env)) {
    if (!isScalar(value)) {
      refuse(path, `env ${name} of ${of}`, value, 'a string', 'give it a value, or leave it out');
    }
    if (name in envValues) {
      refuse(path, `env ${name} of ${of}`, value, 'one value, but envValues has one too', 'remove one of them');
    }
  }
  const what = `the name of a variable in env of ${of}`;
  const expected = 'letters, digits, "_", "-" and ".", not beginning with a digit';
  for (const name of [...Object.keys(env), ...Object.keys(envValues)]) {
    requireName(path, what, name, /^[-._a-zA-Z][-._a-zA-Z0-9]*$/, expected);
  }
  for (const [field, list = []] of Object.entries({ command: props.command, args: props.args })) {
    for (const item of list) {
      if (typeof item !== 'string') {
        refuse(path, `an item in ${field} of ${of}`, item, 'a string', 'write it in quotes, or leave it out');
      }
    }
  }
  requireMounts(path, of, props.volumeMounts ?? []);
  requireComputeResources(path, of, props.computeResources);
  requireSecurityContext(path, of, props.securityContext);
  if (imagePullPolicy !== undefined && !isVariable(imagePullPolicy)) {
    requireOneOf(path, `imagePullPolicy of ${of}`, imagePullPolicy, ['Always', 'IfNotPresent', 'Never']);
  }
}

/** Tekton keeps `/tekton` to itself in steps. (`pkg/apis/pipeline/v1/container_validation.go` of tektoncd/pipeline v1.15.) */
function requireMounts(path: string, of: string, mounts: readonly VolumeMount[]): void {
  const taken = new Map<string, string>();
  for (const { name, mountPath } of mounts) {
    const what = `the mountPath of ${name} in ${of}`;
    const clean = cleanPath(mountPath);
    const other = taken.get(clean);
    if (other !== undefined) {
      refuse(path, what, mountPath, `another folder than that of ${other}`, 'mount it somewhere else');
    }
    taken.set(clean, name);
    if (!of.startsWith('sidecar') && /^\/tekton\/(?!home(\/|$))/.test(clean)) {
      refuse(path, what, mountPath, 'a folder outside of /tekton, or in /tekton/home', 'mount it somewhere else');
    }
    if (name.startsWith('tekton-internal-')) {
      refuse(
        path,
        `a volume in ${of}`,
        name,
        'a name that does not begin with "tekton-internal-"',
        'rename the volume',
      );
    }
  }
}

/** @internal */
export function renderContainer(props: ContainerProps): { [field: string]: any } {
  const { env = {}, envValues = {}, volumeMounts, ...rest } = props;
  const variables = [
    ...Object.entries(env).map(([name, value]) => ({ name, value: String(value) })),
    ...Object.entries(envValues).map(([name, value]) => ({ name, value: value.value, valueFrom: value.valueFrom })),
  ];
  return {
    ...rest,
    env: variables.length > 0 ? variables : undefined,
    volumeMounts: volumeMounts?.map((mount) => ({ ...mount })),
  };
}

/** @internal */
export function containerModel(what: string, props: ContainerProps): ContainerModel {
  const at = (place: string) => `${place} of ${what}`;
  const texts: LocatedText[] = [
    ...textsIn(at('image'), props.image, 'fixed'),
    ...textsIn(at('command'), props.command, 'item'),
    ...textsIn(at('args'), props.args, 'item'),
    ...textsIn(at('workingDir'), props.workingDir, 'fixed'),
    ...textsIn(at('imagePullPolicy'), props.imagePullPolicy, 'fixed'),
    ...Object.entries(props.env ?? {}).flatMap(([variable, value]) => textsIn(at(`env ${variable}`), value)),
    ...Object.entries(props.envValues ?? {}).flatMap(([variable, { value, valueFrom }]) =>
      textsIn(at(`env ${variable}`), [value, valueFrom]),
    ),
    ...(props.volumeMounts ?? []).flatMap((mount) => textsIn(at(`volume mount ${mount.name}`), { ...mount }, 'fixed')),
  ];
  const mounts = (props.volumeMounts ?? []).map(({ name, mountPath }) => ({ name, mountPath }));
  return { what, texts, mounts };
}
