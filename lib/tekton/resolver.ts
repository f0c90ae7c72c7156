import { refuse, requireName, requireOneOf } from '../rules/values';

/** A Task or Pipeline in another namespace of the same cluster. */
export interface ClusterResolverProps {
  /** Name of the object. */
  readonly name: string;
  /** Namespace of the object. */
  readonly namespace: string;
  /**
   * `task` or `pipeline`.
   * @default - what the reference is for
   */
  readonly kind?: string;
}

/** A Task or Pipeline in a file of a Git repository, by its URL. For Git through a provider's API, see `Resolver.custom`. */
export interface GitResolverProps {
  /** URL of the repository. */
  readonly url: string;
  /** Branch, tag or commit. A commit keeps what runs from changing under you. */
  readonly revision: string;
  /** The file's path in the repository. */
  readonly pathInRepo: string;
}

/** A Task or Pipeline in an OCI bundle. */
export interface BundleResolverProps {
  /** Reference of the bundle, best with a digest. */
  readonly bundle: string;
  /** Name of the object in the bundle. */
  readonly name: string;
  /**
   * `task` or `pipeline`.
   * @default - what the reference is for
   */
  readonly kind?: string;
  /**
   * Name of the Secret for the registry.
   * @default - the service account's
   */
  readonly secret?: string;
}

/** A Task or Pipeline behind a URL. */
export interface HttpResolverProps {
  /** The URL. */
  readonly url: string;
  /**
   * Digest of what has to be there: `sha256:…`.
   * @default - anything is taken
   */
  readonly digest?: string;
}

/** A Task or Pipeline in Artifact Hub. */
export interface HubResolverProps {
  /** Name of the object. */
  readonly name: string;
  /** Its version. */
  readonly version: string;
  /**
   * Name of the catalog.
   * @default - the resolver's default
   */
  readonly catalog?: string;
  /**
   * URL of another hub.
   * @default - the resolver's default
   */
  readonly url?: string;
}

/**
 * Where Tekton finds a Task or Pipeline that is not in the run's namespace.
 * @see https://tekton.dev/docs/pipelines/resolution/
 */
export class Resolver {
  /** In another namespace. */
  public static cluster(props: ClusterResolverProps): Resolver {
    return new Resolver('cluster', { ...props }, true);
  }

  /** In a Git repository. */
  public static git(props: GitResolverProps): Resolver {
    return new Resolver('git', { ...props });
  }

  /** In an OCI bundle. */
  public static bundles(props: BundleResolverProps): Resolver {
    return new Resolver('bundles', { ...props }, true);
  }

  /** Behind a URL. */
  public static http(props: HttpResolverProps): Resolver {
    return new Resolver('http', { ...props });
  }

  /** In Artifact Hub, the only hub that still answers. */
  public static hub(props: HubResolverProps): Resolver {
    return new Resolver('hub', { type: 'artifact', ...props }, true);
  }

  /**
   * By any other resolver, or with more of a resolver's own params: `custom('git', { org, repo, token, revision,
   * pathInRepo })` asks the API of a Git provider.
   */
  public static custom(resolver: string, params: { readonly [name: string]: string }): Resolver {
    return new Resolver(resolver, { ...params });
  }

  private constructor(
    private readonly resolver: string,
    private readonly params: { readonly [name: string]: string | undefined },
    /** Whether the resolver has to be told if a Task or a Pipeline is meant. */
    private readonly takesKind = false,
  ) {
    const path = `Resolver ${resolver}`;
    requireName(path, 'its name', resolver);
    for (const [name, value] of Object.entries(params)) {
      if (value !== undefined && (typeof value !== 'string' || value === '')) {
        refuse(path, name, value, 'a value', `give ${name} one, or leave it out`);
      }
    }
    if (takesKind && params.kind !== undefined) {
      requireOneOf(path, 'kind', params.kind, ['task', 'pipeline']);
    }
  }

  /** @internal */
  public _render(kind: string): { resolver: string; params: { name: string; value: string }[] } {
    const params = this.takesKind ? { ...this.params, kind: this.params.kind ?? kind } : this.params;
    return {
      resolver: this.resolver,
      params: Object.entries(params)
        .filter((entry): entry is [string, string] => entry[1] !== undefined)
        .map(([name, value]) => ({ name, value })),
    };
  }
}
