import type { Step } from '../tekton/step';
import type { Task } from '../tekton/task';
import type { Images } from './images';

/** What BuildTask gives to the builder's step. */
export interface BuildContext {
  /** The images of the catalogue. */
  readonly images: Images;
  /** Name of the volume with the sources. */
  readonly volume: string;
  /** Where the step has to mount the volume. */
  readonly mountPath: string;
  /** Folder with the sources: the context of the build. Checked before. */
  readonly context: string;
  /** The Dockerfile. Checked before. */
  readonly dockerfile: string;
  /** Name and tag under which the image is pushed. Checked before. */
  readonly destination: string;
  /** Variable for the build args, each `--build-arg=NAME=VALUE`; an item of its own in `args`. Checked before. */
  readonly buildArgs: string;
  /** File for the digest of the pushed image. */
  readonly digestFile: string;
}

/** Builds the image and pushes it. `Kaniko` is one; another one is a class like it. */
export abstract class Builder {
  /** Adds the step that builds, pushes and writes the digest. */
  public abstract addStep(task: Task, build: BuildContext): Step;
}
