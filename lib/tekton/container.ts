import type { EnvValue } from 'cdk8s-plus-25';
import type { StepModel } from '../rules/model';
import { textsIn } from '../rules/reference';
import type { VolumeMount } from './volume';

/** What a container may use, as Kubernetes writes it: `{ cpu: '100m', memory: '64Mi' }`. */
export interface ComputeResources {
  /**
   * What it is sure to get. The requests of all steps add up, though they run one after another.
   * @default - none
   */
  readonly requests?: { readonly [resource: string]: string };
  /**
   * What it gets at most.
   * @default - none
   */
  readonly limits?: { readonly [resource: string]: string };
}

/** Linux capabilities. */
export interface Capabilities {
  /**
   * Added ones.
   * @default - none
   */
  readonly add?: string[];
  /**
   * Removed ones; `ALL` removes all.
   * @default - none
   */
  readonly drop?: string[];
}

/** The seccomp profile of a container. */
export interface SeccompProfile {
  /** `RuntimeDefault`, `Unconfined` or `Localhost`. */
  readonly type: string;
  /**
   * The file of a `Localhost` profile.
   * @default - none
   */
  readonly localhostProfile?: string;
}

/** What a container may do, in Kubernetes' fields. All default to what the image and the pod say. */
export interface SecurityContext {
  /**
   * User id.
   * @default - the image's
   */
  readonly runAsUser?: number;
  /**
   * Group id.
   * @default - the image's
   */
  readonly runAsGroup?: number;
  /**
   * Whether Kubernetes refuses to run it as root.
   * @default false
   */
  readonly runAsNonRoot?: boolean;
  /**
   * Whether it has all rights of the node.
   * @default false
   */
  readonly privileged?: boolean;
  /**
   * Whether it can't write to its root file system.
   * @default false
   */
  readonly readOnlyRootFilesystem?: boolean;
  /**
   * Whether a process may get more rights than its parent.
   * @default true
   */
  readonly allowPrivilegeEscalation?: boolean;
  /**
   * Linux capabilities.
   * @default - the container runtime's
   */
  readonly capabilities?: Capabilities;
  /**
   * Seccomp profile.
   * @default - the node's
   */
  readonly seccompProfile?: SeccompProfile;
}

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
export function containerModel(
  kind: 'step' | 'sidecar',
  name: string,
  props: ContainerProps,
  results: readonly string[],
): StepModel {
  const at = (what: string) => `${what} of ${kind} ${name}`;
  return {
    kind,
    name,
    script: props.script,
    hasCommand: props.command !== undefined,
    results,
    volumes: (props.volumeMounts ?? []).map((mount) => mount.name),
    texts: [
      ...textsIn(at('image'), props.image),
      ...textsIn(at('command'), props.command),
      ...textsIn(at('args'), props.args),
      ...textsIn(at('workingDir'), props.workingDir),
      ...Object.entries(props.env ?? {}).flatMap(([variable, value]) => textsIn(at(`env ${variable}`), value)),
      ...Object.entries(props.envValues ?? {}).flatMap(([variable, { value, valueFrom }]) =>
        textsIn(at(`env ${variable}`), [value, valueFrom]),
      ),
      ...(props.volumeMounts ?? []).flatMap((mount) => textsIn(at(`volume mount ${mount.name}`), { ...mount })),
    ],
  };
}
