import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { requireName, requireSubdomain } from '../rules/values';

/** User and password for a registry. */
export interface RegistryBasicAuthProps {
  /** The registry, as the names of its images begin: `registry.example.com`, `localhost:5000`, `docker.io`. */
  readonly registry: string;
  /** The user. */
  readonly username: string;
  /** The password, or better a token that may only push. */
  readonly password: string;
  /**
   * Name of the Secret.
   * @default - the construct's id
   */
  readonly name?: string;
}

/** Docker's own file with credentials. */
export interface RegistryDockerConfigProps {
  /** What is in it: `{"auths":{"registry.example.com":{"auth":"…"}}}`. */
  readonly config: string;
  /**
   * Name of the Secret.
   * @default - the construct's id
   */
  readonly name?: string;
}

/** User and password for a Git server. */
export interface GitBasicAuthProps {
  /** The server: `git.example.com`, with a port if need be. */
  readonly host: string;
  /** The user. */
  readonly username: string;
  /** The password, or better a token that may only read. */
  readonly password: string;
  /**
   * Whether the server is asked by plain HTTP, for tests.
   * @default false
   */
  readonly insecure?: boolean;
  /**
   * Name of the Secret.
   * @default - the construct's id
   */
  readonly name?: string;
}

/** A key for a Git server. */
export interface GitSshAuthProps {
  /** The server: `git.example.com`, with a port if need be. */
  readonly host: string;
  /** The private key, without a passphrase, best one that may only read this repository. */
  readonly privateKey: string;
  /** The server's own keys, as in a file `known_hosts`. Other servers are not trusted. */
  readonly knownHosts: string;
  /**
   * Name of the Secret.
   * @default - the construct's id
   */
  readonly name?: string;
}

const HOST = /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?$/;

/** Docker Hub is known to builders by the address of its first API. */
const DOCKER_HUB = /^(index\.)?docker\.io$/;

/**
 * A Secret with credentials, made from values that are given to `cdk8s synth`, in the form in which Tekton hands them to
 * steps. Its manifest holds them: take them from variables of the environment, and keep the manifest out of Git. Where a
 * Secret exists already, its name alone will do.
 *
 * Source: `docs/auth.md` of tektoncd/pipeline v1.15.
 */
export class CredentialsSecret extends Construct {
  /** User and password for a registry: for `registrySecretName`. */
  public static registryBasicAuth(scope: Construct, id: string, props: RegistryBasicAuthProps): CredentialsSecret {
    const path = `${scope.node.path}/${id}`;
    const registry = requireName(path, 'registry', props.registry, HOST, 'a registry such as registry.example.com');
    const address = DOCKER_HUB.test(registry) ? 'https://index.docker.io/v1/' : `https://${registry}`;
    return new CredentialsSecret(scope, id, props.name, 'kubernetes.io/basic-auth', basicAuth(path, props), {
      'tekton.dev/docker-0': address,
    });
  }

  /** Docker's own file with credentials, for one or more registries: for `registrySecretName`. */
  public static registryDockerConfig(
    scope: Construct,
    id: string,
    props: RegistryDockerConfigProps,
  ): CredentialsSecret {
    const path = `${scope.node.path}/${id}`;
    if (!hasAuths(requireSecret(path, 'config', props.config))) {
      throw new Error(
        `${path}: config is no JSON with "auths"; expected what "docker login" writes into config.json; fix: give the text of that file`,
      );
    }
    return new CredentialsSecret(scope, id, props.name, 'kubernetes.io/dockerconfigjson', {
      '.dockerconfigjson': props.config,
    });
  }

  /** User and password for a Git server: for the `secretName` of a `GitSource`. */
  public static gitBasicAuth(scope: Construct, id: string, props: GitBasicAuthProps): CredentialsSecret {
    const path = `${scope.node.path}/${id}`;
    return new CredentialsSecret(scope, id, props.name, 'kubernetes.io/basic-auth', basicAuth(path, props), {
      'tekton.dev/git-0': `${props.insecure ? 'http' : 'https'}://${requireHost(path, props.host)}`,
    });
  }

  /** A key for a Git server, with which repositories are named as `ssh://git@git.example.com/team/service`: for the `secretName` of a `GitSource`. */
  public static gitSshAuth(scope: Construct, id: string, props: GitSshAuthProps): CredentialsSecret {
    const path = `${scope.node.path}/${id}`;
    const host = requireHost(path, props.host);
    const key = requireSecret(path, 'privateKey', props.privateKey);
    if (!/^-----BEGIN [A-Z ]*PRIVATE KEY-----\r?\n/.test(key)) {
      throw new Error(
        `${path}: privateKey is no private key; expected one that begins with -----BEGIN; fix: give the text of the key's file, not its name`,
      );
    }
    return new CredentialsSecret(
      scope,
      id,
      props.name,
      'kubernetes.io/ssh-auth',
      // ssh refuses a key whose last line has no end.
      { 'ssh-privatekey': `${key.trimEnd()}\n`, known_hosts: requireSecret(path, 'knownHosts', props.knownHosts) },
      { 'tekton.dev/git-0': host },
    );
  }

  /** Its name. */
  public readonly name: string;

  private constructor(
    scope: Construct,
    id: string,
    name: string = id,
    type: string,
    stringData: Record<string, string>,
    annotations?: Record<string, string>,
  ) {
    super(scope, id);
    this.name = requireSubdomain(this.node.path, 'the name of a Secret', name);
    new ApiObject(this, 'Resource', {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, annotations },
      type,
      stringData,
    });
  }
}

function requireHost(path: string, host: string): string {
  return requireName(path, 'host', host, HOST, 'a host such as git.example.com, without https://');
}

function basicAuth(
  path: string,
  props: { readonly username: string; readonly password: string },
): Record<string, string> {
  return {
    username: requireSecret(path, 'username', props.username),
    password: requireSecret(path, 'password', props.password),
  };
}

/** An error shows what a value is; not this one. */
function requireSecret(path: string, what: string, value: string): string {
  if (typeof value !== 'string' || value.trim() === '') {
    const found = typeof value === 'string' ? 'empty' : 'not given';
    throw new Error(
      `${path}: ${what} is ${found}; expected a text; fix: set the variable of the environment that it is taken from`,
    );
  }
  return value;
}

function hasAuths(config: string): boolean {
  try {
    return typeof JSON.parse(config)?.auths === 'object';
  } catch {
    return false;
  }
}
