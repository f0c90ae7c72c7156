import type { Step } from '../tekton/step';
import type { Task } from '../tekton/task';
import type { Images } from './images';
import { Kaniko, type KanikoProps } from './kaniko';

/** What BuildTask gives to the builder's step. */
export interface BuildContext {
  /** The images of the catalogue. */
  readonly images: Images;
  /** Folder with the sources: the context of the build. Checked. */
  readonly context: string;
  /** The Dockerfile. Checked. */
  readonly dockerfile: string;
  /** Name and tag under which the image is pushed. Checked. */
  readonly destination: string;
  /** Variable for the build args, each `--build-arg=NAME=VALUE`; an item of its own in `args`. Checked. */
  readonly buildArgs: string;
  /** File for the digest of the pushed image. */
  readonly digestFile: string;
}

/** Builds the image and pushes it. A new builder is a class like `Kaniko`. */
export abstract class Builder {
  /** kaniko, which builds without a daemon and without privileges, as root in its container. */
  public static kaniko(props: KanikoProps = {}): Builder {
    return new Kaniko(props);
  }

  /** Adds the step that builds, pushes and writes the digest. */
  public abstract addStep(task: Task, build: BuildContext): Step;
}
