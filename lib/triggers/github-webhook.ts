import type { Construct } from 'constructs';
import { isBranch, isCommit, type SecretRef } from './cel';
import { type EventRules, interceptor, Webhook, type WebhookProps } from './webhook';

/** What a webhook for pushes to GitHub is made with. */
export interface GitHubWebhookProps extends WebhookProps {
  /**
   * Branches whose pushes count.
   * @default - the default branch of the repository
   */
  readonly branches?: string[];
}

/**
 * Starts a run for each push to a repository on GitHub.
 *
 * In GitHub, add a webhook for just the push event, with the content type `application/json` and the secret that the Secret
 * has. Triggers compares the header `X-Hub-Signature-256` with the body and the secret.
 * (`pkg/interceptors/github/github.go` of tektoncd/triggers v0.37.)
 */
export class GitHubWebhook extends Webhook {
  public constructor(scope: Construct, id: string, props: GitHubWebhookProps) {
    super(scope, id, props);
  }

  /** @internal */
  protected _rules(path: string, props: GitHubWebhookProps, secretRef: SecretRef): EventRules {
    return {
      interceptors: [interceptor('github', { secretRef, eventTypes: ['push'] })],
      conditions: [
        isBranch(path, 'body.ref', 'body.repository.default_branch', props.branches),
        isCommit('body.after'),
      ],
      repository: 'body.repository.clone_url',
      revision: 'body.after',
    };
  }
}
