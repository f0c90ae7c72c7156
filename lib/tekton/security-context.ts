import { requireOneOf } from '../rules/values';

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

/** @internal */
export function requireSecurityContext(path: string, of: string, { seccompProfile }: SecurityContext = {}): void {
  if (seccompProfile) {
    requireOneOf(path, `seccompProfile of ${of}`, seccompProfile.type, ['RuntimeDefault', 'Unconfined', 'Localhost']);
  }
}
