import { refuse, requireName, requireSubdomain } from '../rules/values';
import { PARAMS, requireBound, requireParam } from './param-rules';

/** What every notification can be given. */
export interface NotificationProps {
  /**
   * Where a person can look at the run. It may have variables in it: `Context.PIPELINE_RUN_NAME`,
   * `Context.PIPELINE_RUN_NAMESPACE`, `Context.PIPELINE_RUN_UID`.
   * @default - none
   */
  readonly link?: string;
  /**
   * Key of the Secret that has the URL.
   * @default url
   */
  readonly secretKey?: string;
}

/** A notification for Slack. */
export interface SlackProps extends NotificationProps {
  /**
   * Name of the Secret with the URL of an incoming webhook, which exists in the namespace of the pipeline. Whoever knows
   * this URL can write to the channel.
   */
  readonly secretName: string;
}

/** A notification for a webhook. Exactly one of `secretName` and `url` says where it is. */
export interface WebhookProps extends NotificationProps {
  /**
   * Name of the Secret with the URL, which exists in the namespace of the pipeline.
   * @default - none
   */
  readonly secretName?: string;
  /**
   * The URL, where it is no secret: everybody who may read the Pipeline can read it.
   * @default - none
   */
  readonly url?: string;
}

/** Who is told how a run has ended. */
export class Notification {
  /** A channel of Slack, or of another chat that has incoming webhooks like Slack's. */
  public static slack(props: SlackProps): Notification {
    return new Notification('Notification.slack', 'slack', props);
  }

  /**
   * A webhook, which gets a JSON object by POST: `service`, `namespace`, `run` (name of the PipelineRun), `verdict`, `winner`,
   * `reason`, `commit`, `image` and `link` are strings or null, `weights` maps names of Deployments to percents.
   */
  public static webhook(props: WebhookProps): Notification {
    const { secretName, url } = props;
    if ((secretName === undefined) === (url === undefined)) {
      const found = JSON.stringify({ secretName, url });
      throw new Error(
        `Notification.webhook: where it goes is ${found}; expected exactly one of secretName and url; fix: give one of them`,
      );
    }
    return new Notification('Notification.webhook', 'json', props);
  }

  private constructor(
    what: string,
    private readonly format: 'slack' | 'json',
    private readonly props: WebhookProps,
  ) {
    const { secretName, secretKey, url, link } = props;
    if (secretName !== undefined || url === undefined) {
      requireSubdomain(what, 'secretName', secretName as string);
    }
    if (secretKey !== undefined) {
      if (secretName === undefined) {
        refuse(what, 'secretKey', secretKey, 'none with url, only with secretName', 'remove it');
      }
      const expected = 'the key of a Secret: letters, digits, "-", "_" and "."';
      requireName(what, 'secretKey', secretKey, /^[-._a-zA-Z0-9]{1,253}$/, expected);
    }
    if (url !== undefined) {
      requireParam(what, 'url', url, PARAMS.notify.url);
    }
    if (link !== undefined) {
      requireBound(what, 'link', link, PARAMS.notify.link);
    }
  }

  /** What NotifyTask is told. @internal */
  public get _params(): { readonly [param: string]: string } {
    // Kubernetes wants a reference to have a name, even one that leads nowhere.
    const { secretName = 'none', secretKey = 'url', url = '', link = '' } = this.props;
    return { format: this.format, secret: secretName, 'secret-key': secretKey, url, link };
  }
}
