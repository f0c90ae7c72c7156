import type { Step } from '../tekton/step';
import type { Task } from '../tekton/task';
import { type BuildContext, Builder } from './builder';

/** How kaniko builds. */
export interface KanikoProps {
  /**
   * Registries that are reached by plain HTTP or with a certificate that nobody vouches for. For tests.
   * @default - none
   */
  readonly insecureRegistries?: string[];
  /**
   * Whether layers are kept in the registry, beside the image, for the next build.
   * @default false
   */
  readonly cache?: boolean;
  /**
   * More of kaniko's own flags.
   * @default - none
   */
  readonly extraArgs?: string[];
}
