import { App, Chart, Duration } from 'cdk8s';
import { Cleanup, Criterion, GitSource, Iter8Pipeline, LoadProfile, Rollout } from '../../lib';

/**
 * A delivery that people look after: no candidate goes live without one of them, the version that lost is kept without pods,
 * old runs and experiments go, and Pipelines beside the delivery take its experiment over, or go back after it.
 */
export function dayTwo(app: App): void {
  const delivery = new Chart(app, 'delivery', { namespace: 'bookinfo' });
  const canary = new Iter8Pipeline(delivery, 'ratings', {
    source: GitSource.repository('https://git.example.com/bookinfo/ratings'),
    image: 'registry.example.com/bookinfo/ratings',
    service: 'ratings',
    criteria: [Criterion.meanLatency({ belowMillis: 200 }), Criterion.errorRate({ below: 0.01 })],
    load: LoadProfile.constantRate({ mesh: true, port: 9080, path: '/ratings/0', perSecond: 10 }),
    approvalDeadline: Duration.hours(4),
    cleanup: Cleanup.SCALE_TO_ZERO,
    historyLimit: 10,
  });

  // One file for each, to be created when it is needed: kubectl create -f dist/rollback.k8s.yaml
  const run = (name: string) => new Chart(app, name, { namespace: 'bookinfo' });
  canary.newRun(run('run'), 'run');
  canary.rollback().newRun(run('rollback'), 'run');
  canary.rollforward().newRun(run('rollforward'), 'run');
  canary.pause().newRun(run('pause'), 'run');
  canary.resume().newRun(run('resume'), 'run');
  canary.undo().newRun(run('undo'), 'run');
  canary.undo().newRun(run('undo-at-once'), 'run', { params: { rollout: Rollout.AT_ONCE } });
}

if (require.main === module) {
  const app = new App();
  dayTwo(app);
  app.synth();
}
