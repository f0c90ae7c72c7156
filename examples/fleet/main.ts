import { App, Chart, Duration } from 'cdk8s';
import {
  Concurrency,
  Context,
  Criterion,
  GitSource,
  Images,
  Iter8Pipeline,
  Iter8Tasks,
  LoadProfile,
  LoadStart,
  Notification,
  OnTermination,
  Strategy,
} from '../../lib';

/** Several services of one team. The pipelines are in one namespace and share their Tasks; the services are in another. */
export function fleet(app: App): void {
  const delivery = new Chart(app, 'delivery', { namespace: 'bookinfo-delivery' });
  const tasks = new Iter8Tasks(delivery, 'canary', { images: Images.mirror('registry.example.com/mirror') });
  const inside = (path: string) => LoadProfile.constantRate({ mesh: true, port: 9080, path, perSecond: 10 });
  const runs = `https://tekton.example.com/#/namespaces/${Context.PIPELINE_RUN_NAMESPACE}/pipelineruns`;
  const common = {
    tasks,
    serviceNamespace: 'bookinfo',
    interval: Duration.seconds(30),
    maxIterations: 10,
    maxIncrement: 10,
    registrySecretName: 'registry-push',
    criteria: [Criterion.errorRate({ below: 0.01 })],
    notify: [Notification.slack({ secretName: 'slack', link: `${runs}/${Context.PIPELINE_RUN_NAME}` })],
  };
  for (const { service, path, loadStart } of [
    { service: 'reviews', path: '/reviews/0', loadStart: LoadStart.AFTER_DEPLOY },
    { service: 'ratings', path: '/ratings/0', loadStart: LoadStart.AFTER_EXPERIMENT },
    { service: 'details', path: '/details/0', loadStart: LoadStart.AFTER_BUILD },
  ]) {
    new Iter8Pipeline(delivery, service, {
      ...common,
      service,
      source: GitSource.repository(`https://git.example.com/bookinfo/${service}`, { secretName: 'git-fetch' }),
      image: `registry.example.com/bookinfo/${service}`,
      load: inside(path),
      loadStart,
    });
  }

  // The page that users see gets enough of their own traffic, and has to be no slower than before.
  new Iter8Pipeline(delivery, 'productpage', {
    ...common,
    service: 'productpage',
    source: GitSource.repository('https://git.example.com/bookinfo/productpage', { secretName: 'git-fetch' }),
    image: 'registry.example.com/bookinfo/productpage',
    hosts: [{ name: 'bookinfo.example.com', gateway: 'bookinfo-gateway' }],
    criteria: [Criterion.meanLatency({ timesBaseline: 1.1 }), Criterion.errorRate({ below: 0.005 })],
    strategy: Strategy.top2(),
    onTermination: OnTermination.toWinner(),
    concurrency: Concurrency.CANCEL_OLDER,
  });
}

if (require.main === module) {
  const app = new App();
  fleet(app);
  app.synth();
}
