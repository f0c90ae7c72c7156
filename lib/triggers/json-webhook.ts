import type { Construct } from 'constructs';
import { requireName } from '../rules/values';
import { hasSecret, isRevision, type SecretRef } from './cel';
import { type EventRules, Webhook, type WebhookProps } from './webhook';

/** What a webhook for events of any other sender is made with. */
export interface JsonWebhookProps extends WebhookProps {
  /**
   * The header in which the sender sends the secret.
   * @default X-Webhook-Token
   */
  readonly header?: string;
  /**
   * Where the URL of the repository is, as an expression of CEL: `body.data.repository`.
   * @default body.repository
   */
  readonly repository?: string;
  /**
   * Where the branch, tag or commit is, as an expression of CEL: `body.data.commit`, or `header.canonical('Ce-Subject')`.
   * @default body.revision
   */
  readonly revision?: string;
  /**
   * What else has to be true, as an expression of CEL: `header.canonical('Ce-Type') == 'com.example.push'`, or
   * `body.ref == 'refs/heads/main'`.
   * @default - nothing: every event of the sender for the repository counts
   */
  readonly filter?: string;
}

/**
 * Starts a run for each event of a sender that is neither GitHub nor GitLab: a CloudEvent, or any other request with an
 * object of JSON, such as `{"repository": "https://…", "revision": "main"}`. The sender sends the secret in a header.
 * @see https://tekton.dev/docs/triggers/cel_expressions/
 */
export class JsonWebhook extends Webhook {
  public constructor(scope: Construct, id: string, props: JsonWebhookProps) {
    super(scope, id, props);
  }

  /** @internal */
  protected _rules(path: string, props: JsonWebhookProps, secretRef: SecretRef): EventRules {
    const { header = 'X-Webhook-Token', repository = 'body.repository', revision = 'body.revision', filter } = props;
    requireName(path, 'header', header, /^[A-Za-z0-9-]+$/, 'the name of a header: letters, digits and "-"');
    for (const [what, expression] of Object.entries({ repository, revision, filter: filter ?? 'true' })) {
      requireName(path, what, expression, /\S/, 'an expression of CEL');
    }
    // What an expression consists of stays together beside other ones.
    const [where, what] = [`(${repository})`, `(${revision})`];
    const more = filter ? [`(${filter})`] : [];
    return {
      interceptors: [],
      conditions: [hasSecret(header, secretRef), ...more, isRevision(what)],
      repository: where,
      revision: what,
    };
  }
}
