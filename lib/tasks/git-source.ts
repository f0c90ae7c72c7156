import { requireSubdomain } from '../rules/values';
import { PARAMS, requireParam } from './param-rules';

/** More about a repository. */
export interface RepositoryProps {
  /**
   * Branch, tag or commit that a run builds when it is not told.
   * @default - the head of the default branch
   */
  readonly revision?: string;
  /**
   * Name of the Secret for fetching, which exists: of type `kubernetes.io/basic-auth`, with the annotation `tekton.dev/git-0`
   * that names the host.
   * @default - the repository is public
   */
  readonly secretName?: string;
}

/** Where the application and its manifests come from. */
export class GitSource {
  /** A Git repository. */
  public static repository(url: string, props: RepositoryProps = {}): GitSource {
    const what = 'GitSource.repository';
    requireParam(what, 'url', url, PARAMS.build.repository);
    if (props.revision !== undefined) {
      requireParam(what, 'revision', props.revision, { ...PARAMS.build.revision, optional: false });
    }
    if (props.secretName !== undefined) {
      requireSubdomain(what, 'secretName', props.secretName);
    }
    return new GitSource(url, props.revision, props.secretName);
  }

  private constructor(
    /** URL of the repository. */
    public readonly url: string,
    /** What a run builds when it is not told; undefined for the head of the default branch. */
    public readonly revision?: string,
    /** Name of the Secret for fetching. */
    public readonly secretName?: string,
  ) {}
}
