import { App, Chart, Duration } from 'cdk8s';
import { Criterion, GitSource, Iter8Pipeline, LoadProfile } from '../../lib';
import { Bookinfo } from './bookinfo';

const NAMESPACE = 'bookinfo';
const HOST = 'bookinfo.example.com';

/**
 * Bookinfo, and the canary delivery of bookinfo's reviews service. Users reach it through the product page, which shows reviews: requests for
 * the page come in at Istio's ingress gateway, and those that the page makes of reviews are what iter8 splits.
 */
export function bookinfoReviews(app: App): Iter8Pipeline {
  new Bookinfo(app, 'bookinfo', { namespace: NAMESPACE, host: HOST });

  const delivery = new Chart(app, 'reviews', { namespace: NAMESPACE });
  const canary = new Iter8Pipeline(delivery, 'reviews-canary', {
    source: GitSource.repository('https://git.example.com/bookinfo/reviews'),
    image: 'registry.example.com/bookinfo/reviews',
    service: 'reviews',
    criteria: [Criterion.meanLatency({ belowMillis: 300 }), Criterion.errorRate({ below: 0.01 })],
    interval: Duration.seconds(10),
    maxIterations: 8,
    maxIncrement: 20,
    load: LoadProfile.constantRate({ host: HOST, path: '/productpage', perSecond: 20 }),
  });

  // A chart of its own, because runs are created and not applied.
  const runs = new Chart(app, 'reviews-run', { namespace: NAMESPACE });
  canary.newRun(runs, 'run');
  return canary;
}

if (require.main === module) {
  const app = new App();
  bookinfoReviews(app);
  app.synth();
}
