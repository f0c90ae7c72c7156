import { App, Chart } from 'cdk8s';
import {
  Criterion,
  Exposure,
  GitHubWebhook,
  GitLabWebhook,
  GitSource,
  Iter8Pipeline,
  JsonWebhook,
  PipelinesAsCodeRun,
  Platform,
} from '../../lib';

/**
 * Runs that start by themselves: for each push to the default branch on GitHub, for each push to a branch for releases on
 * GitLab, and when the team's release tool says so. On Kubernetes they come in by Ingresses; on OpenShift by Routes.
 */
export function webhook(app: App, platform = Platform.KUBERNETES): void {
  const delivery = new Chart(app, 'delivery', { namespace: 'bookinfo' });
  const { pipeline } = new Iter8Pipeline(delivery, 'details', {
    source: GitSource.repository('https://git.example.com/bookinfo/details'),
    image: 'registry.example.com/bookinfo/details',
    service: 'details',
    criteria: [Criterion.errorRate({ below: 0.01 })],
    platform,
  });
  const expose = (host: string) =>
    platform === Platform.OPENSHIFT
      ? Exposure.route(host)
      : Exposure.ingress(host, { tlsSecretName: 'webhook-tls', ingressClassName: 'nginx' });

  const run = { pipeline };
  new GitHubWebhook(delivery, 'details-push', {
    run,
    secretName: 'github-webhook',
    exposure: expose('details-push.example.com'),
  });
  new GitLabWebhook(delivery, 'details-release', {
    run,
    branches: ['release/1.0', 'release/2.0'],
    secretName: 'gitlab-webhook',
    exposure: expose('details-release.example.com'),
  });
  // The release tool is in the cluster: http://el-details-event.bookinfo:8080
  new JsonWebhook(delivery, 'details-event', {
    run,
    secretName: 'release-tool',
    repository: 'body.data.repository',
    revision: 'body.data.commit',
    filter: "header.match('Ce-Type', 'com.example.release')",
  });

  // In place of the webhooks, for clusters with Pipelines-as-Code: this file goes into .tekton of bookinfo/details.
  const pipelinesAsCode = new Chart(app, 'pipelines-as-code', { namespace: 'bookinfo' });
  new PipelinesAsCodeRun(pipelinesAsCode, 'push', { run, branches: ['main'], maxKeepRuns: 10 });
}

if (require.main === module) {
  const app = new App();
  webhook(app);
  app.synth();
}
