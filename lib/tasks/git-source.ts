import { requirePattern } from '../rules/values';

/** More about a repository. */
export interface RepositoryProps {
  /**
   * Branch, tag or commit that a run builds when it is not told.
   * @default - the head of the default branch
   */
  readonly revision?: string;
  /**
   * Name of the Secret for fetching, which exists: of type `kubernetes.io/basic-auth` or `kubernetes.io/ssh-auth`, with the
   * annotation `tekton.dev/git-0` that names the host.
   * @default - the repository is public
   */
  readonly secretName?: string;
}

const HTTP = /^https?:\/\/[A-Za-z0-9.-]+(:[0-9]{1,5})?\/[A-Za-z0-9._~/+-]+$/;
const SSH =
  /^(ssh:\/\/([A-Za-z0-9_.-]+@)?[A-Za-z0-9.-]+(:[0-9]{1,5})?\/|[A-Za-z0-9_.-]+@[A-Za-z0-9.-]+:)[A-Za-z0-9._~/+-]+$/;

/** Where the application and its manifests come from. */
export class GitSource {
  /** A Git repository. */
  public static repository(url: string, props: RepositoryProps = {}): GitSource {
    const what = 'GitSource.repository';
    const expected = 'an https, http or ssh URL without a password: https://git.example.com/team/service';
    requirePattern(
      what,
      'url',
      url,
      new RegExp(`${HTTP.source}|${SSH.source}`),
      expected,
      'put user and password in a Secret',
    );
    if (props.revision !== undefined) {
      const revision = 'a branch, a tag or a commit';
      requirePattern(
        what,
        'revision',
        props.revision,
        /^(?!.*(\.\.|\/\/|@\{))[A-Za-z0-9_]([A-Za-z0-9._/@+-]*[A-Za-z0-9_+-])?$/,
        revision,
      );
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
