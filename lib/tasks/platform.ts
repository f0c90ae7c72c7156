import type { SecurityContext } from '../tekton/security-context';
import { RESTRICTED } from './script';

const { runAsUser, runAsGroup, ...ANY_USER } = RESTRICTED;

/** What the tasks run on: it decides as which users. */
export class Platform {
  /** Kubernetes: all steps but the builder's run as user 65534. */
  public static readonly KUBERNETES = new Platform(RESTRICTED);
  /**
   * OpenShift, which has a range of users for each namespace and refuses others: the steps that call the API run as one of
   * these, under the security context constraint `restricted-v2`. The build needs `anyuid`, because kaniko is root in its
   * container; the service account that is made for it, and no other, may use that.
   * @see https://docs.openshift.com/container-platform/latest/authentication/managing-security-context-constraints.html
   */
  public static readonly OPENSHIFT = new Platform(ANY_USER, 'anyuid');

  /** What steps run as that need no rights at all. @internal */
  public readonly _restricted: SecurityContext;
  /** The security context constraint of the build. @internal */
  public readonly _buildConstraint?: string;

  private constructor(restricted: SecurityContext, buildConstraint?: string) {
    this._restricted = restricted;
    this._buildConstraint = buildConstraint;
  }
}
