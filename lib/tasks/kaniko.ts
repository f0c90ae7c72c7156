import { requireName } from '../rules/values';
import type { Step } from '../tekton/step';
import type { Task } from '../tekton/task';
import { type BuildContext, Builder } from './builder';

/** How kaniko builds. */
export interface KanikoProps {
  /**
   * Registries that are reached by plain HTTP or with a certificate that nobody vouches for, as `host:port`. For tests.
   * @default - none
   */
  readonly insecureRegistries?: string[];
  /**
   * Whether layers are kept in the registry, beside the image, for the next build.
   * @default false
   */
  readonly cache?: boolean;
  /**
   * More of kaniko's own flags, each `--name` or `--name=value`.
   * @default - none
   */
  readonly extraArgs?: string[];
}

/**
 * kaniko, which builds without a daemon and without privileges, as root in its container. The default image is the fork
 * that is kept up; the original's repository was archived in June 2025.
 */
export class Kaniko extends Builder {
  private readonly flags: readonly string[];

  public constructor(props: KanikoProps = {}) {
    super();
    const { insecureRegistries = [], cache = false, extraArgs = [] } = props;
    for (const registry of insecureRegistries) {
      requireName('Kaniko', 'insecureRegistries', registry, /^[a-zA-Z0-9.-]+(:[0-9]{1,5})?$/, 'host:port');
    }
    for (const flag of extraArgs) {
      requireName('Kaniko', 'extraArgs', flag, /^--[a-z][a-z0-9-]*(=.*)?$/s, '--name or --name=value');
    }
    this.flags = [
      ...insecureRegistries.flatMap((registry) => [
        `--insecure-registry=${registry}`,
        `--skip-tls-verify-registry=${registry}`,
      ]),
      ...(cache ? ['--cache=true'] : []),
      ...extraArgs,
    ];
  }

  public addStep(task: Task, build: BuildContext): Step {
    return task.addStep('build-and-push', {
      image: build.images.kaniko,
      command: ['/kaniko/executor'],
      args: [
        `--context=dir://${build.context}`,
        `--dockerfile=${build.dockerfile}`,
        `--destination=${build.destination}`,
        `--digest-file=${build.digestFile}`,
        ...this.flags,
        build.buildArgs,
      ],
      // kaniko looks for credentials here; Tekton puts those of the service account's Secrets into $(credentials.path).
      env: { DOCKER_CONFIG: '$(credentials.path)/.docker' },
      volumeMounts: [{ name: build.volume, mountPath: build.mountPath }],
      securityContext: { runAsUser: 0 },
    });
  }
}
