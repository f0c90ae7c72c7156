import { createHmac } from 'node:crypto';

/** A request to a listener. */
export interface Request {
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** What an event says. Values of a wrong type are for tests of just that. */
export interface EventFields {
  readonly repository: any;
  readonly revision: any;
  /** @default refs/heads/main */
  readonly ref?: any;
  /** @default push */
  readonly event?: string;
}

/** A push as GitHub sends it, signed with a secret. */
export function gitHubPush(
  { repository, revision, ref = 'refs/heads/main', event = 'push' }: EventFields,
  secret: string,
): Request {
  const body = JSON.stringify({
    ref,
    before: '0'.repeat(40),
    after: revision,
    repository: { name: 'reviews', clone_url: repository, default_branch: 'main' },
    head_commit: { id: revision, message: 'A "quoted" $(params.message)\n' },
  });
  const signature = createHmac('sha256', secret).update(body).digest('hex');
  return {
    headers: {
      'Content-Type': 'application/json',
      'X-GitHub-Event': event,
      'X-Hub-Signature-256': `sha256=${signature}`,
    },
    body,
  };
}

/** A push as GitLab sends it, with a secret token. */
export function gitLabPush(
  { repository, revision, ref = 'refs/heads/main', event = 'Push Hook' }: EventFields,
  secret: string,
): Request {
  return {
    headers: { 'Content-Type': 'application/json', 'X-Gitlab-Event': event, 'X-Gitlab-Token': secret },
    body: JSON.stringify({
      object_kind: 'push',
      ref,
      after: revision,
      checkout_sha: revision,
      project: { name: 'reviews', git_http_url: repository, default_branch: 'main' },
    }),
  };
}

/** Repository and revision in plain JSON. */
export function jsonEvent({ repository, revision }: EventFields, secret: string): Request {
  return {
    headers: { 'Content-Type': 'application/json', 'X-Webhook-Token': secret },
    body: JSON.stringify({ repository, revision }),
  };
}

/** The same in a CloudEvent, of which the headers say what it is. */
export function cloudEvent(fields: EventFields, secret: string): Request {
  const { headers, body } = jsonEvent(fields, secret);
  return {
    headers: {
      ...headers,
      'Ce-Specversion': '1.0',
      'Ce-Id': '1',
      'Ce-Source': 'https://git.example.com',
      'Ce-Type': fields.event ?? 'com.example.push',
    },
    body,
  };
}
