import type { Construct } from 'constructs';
import { isBranch, isCommit, type SecretRef } from './cel';
import { type EventRules, interceptor, Webhook, type WebhookProps } from './webhook';

/** What a webhook for pushes to GitLab is made with. */
export interface GitLabWebhookProps extends WebhookProps {
  /**
   * Branches whose pushes count.
   * @default - the default branch of the project
   */
  readonly branches?: string[];
}

/**
 * Starts a run for each push to a project on GitLab.
 *
 * In GitLab, add a webhook for push events, with the secret token that the Secret has. Triggers compares it with the header
 * `X-Gitlab-Token`. (`pkg/interceptors/gitlab/gitlab.go` of tektoncd/triggers v0.37.)
 */
export class GitLabWebhook extends Webhook {
  public constructor(scope: Construct, id: string, props: GitLabWebhookProps) {
    super(scope, id, props);
  }

  /** @internal */
  protected _rules(path: string, props: GitLabWebhookProps, secretRef: SecretRef): EventRules {
    return {
      interceptors: [interceptor('gitlab', { secretRef, eventTypes: ['Push Hook'] })],
      conditions: [isBranch(path, 'body.ref', 'body.project.default_branch', props.branches), isCommit('body.after')],
      repository: 'body.project.git_http_url',
      revision: 'body.after',
    };
  }
}
