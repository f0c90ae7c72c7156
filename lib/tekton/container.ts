import type { EnvValue } from 'cdk8s-plus-25';
import type { ContainerModel } from '../rules/model';
import { type LocatedText, textsIn } from '../rules/reference';
import type { ComputeResources } from './compute-resources';
import type { SecurityContext } from './security-context';
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
