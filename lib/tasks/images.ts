import { requireName } from '../rules/values';

/** Images to use in place of the defaults, each with a version or a digest. */
export interface ImageOverrides {
  /**
   * Image with sh, kubectl and curl, for all steps that run scripts, apart from those that fetch a repository.
   * @default - docker.io/alpine/k8s
   */
  readonly tools?: string;
  /**
   * Image with sh, git and ssh, for steps that fetch a repository.
   * @default - docker.io/alpine/git
   */
  readonly git?: string;
  /**
   * Image of kaniko.
   * @default - ghcr.io/osscontainertools/kaniko, the fork that is kept up
   */
  readonly kaniko?: string;
  /**
   * Image of fortio, which generates load.
   * @default - docker.io/fortio/fortio
   */
  readonly fortio?: string;
}

const DEFAULTS = {
  tools: 'docker.io/alpine/k8s:1.34.1',
  git: 'docker.io/alpine/git:v2.52.0',
  kaniko: 'ghcr.io/osscontainertools/kaniko:v1.28.3',
  fortio: 'docker.io/fortio/fortio:1.69.5',
};

const REGISTRY = '[a-z0-9][a-zA-Z0-9.-]*(:[0-9]+)?(/[a-z0-9._-]+)*';
const TAG = '[A-Za-z0-9_][A-Za-z0-9._-]*';
const PINNED = new RegExp(`^${REGISTRY}(:(?!latest$)${TAG}|(:${TAG})?@sha256:[0-9a-f]{64})$`);

/** The images that the tasks run, all of them in one place and with a fixed version. */
export class Images {
  /** The public images, each of which can be replaced. */
  public static of(overrides: ImageOverrides = {}): Images {
    return new Images({ ...DEFAULTS, ...given(overrides) });
  }

  /**
   * The same images from another registry: `docker.io/alpine/k8s:1.34.1` becomes `MIRROR/alpine/k8s:1.34.1`. What is
   * replaced stays as given.
   */
  public static mirror(registry: string, overrides: ImageOverrides = {}): Images {
    const expected = 'a registry, with a path if need be: registry.example.com/mirror';
    requireName('Images.mirror', 'registry', registry, new RegExp(`^${REGISTRY}$`), expected);
    const mirrored = Object.entries(DEFAULTS).map(([name, image]) => [name, image.replace(/^[^/]+/, registry)]);
    return new Images({ ...(Object.fromEntries(mirrored) as typeof DEFAULTS), ...given(overrides) });
  }

  private constructor(private readonly images: Required<ImageOverrides>) {
    for (const [name, image] of Object.entries(images)) {
      const expected = 'an image with a version other than latest: registry.example.com/team/name:version';
      requireName('Images', name, image, PINNED, expected);
    }
  }

  /** Image with sh, kubectl and curl. */
  public get tools(): string {
    return this.images.tools;
  }

  /** Image with sh, git and ssh. */
  public get git(): string {
    return this.images.git;
  }

  /** Image of kaniko. */
  public get kaniko(): string {
    return this.images.kaniko;
  }

  /** Image of fortio. */
  public get fortio(): string {
    return this.images.fortio;
  }

  /** All of them, for copying to a mirror. */
  public get all(): string[] {
    return Object.values(this.images);
  }
}

function given(overrides: ImageOverrides): ImageOverrides {
  return Object.fromEntries(Object.entries(overrides).filter(([, image]) => image !== undefined));
}
