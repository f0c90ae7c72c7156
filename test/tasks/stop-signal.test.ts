import { type App, Chart } from 'cdk8s';
import { Criterion, GitSource, Iter8Pipeline, LoadProfile, StopSignal, WorkspaceBinding } from '../../lib';
import { manifests, newChart, problems } from '../support/synth';

function pipeline(chart: Chart, id: string, stopSignal?: StopSignal): Iter8Pipeline {
  return new Iter8Pipeline(chart, id, {
    source: GitSource.repository('https://git.example.com/bookinfo/reviews'),
    image: 'registry.example.com/bookinfo/reviews',
    service: 'reviews',
    criteria: [Criterion.errorRate({ below: 0.01 })],
    load: LoadProfile.constantRate({ host: 'reviews.example.com', perSecond: 20 }),
    stopSignal,
  });
}

const claims = (chart: Chart) => manifests(chart).filter(({ kind }) => kind === 'PersistentVolumeClaim');

test.each([undefined, StopSignal.experiment()])('by default there is no claim, and runs bind nothing', (stopSignal) => {
  const chart = newChart();
  const runs = new Chart(chart.node.root as App, 'runs', { namespace: 'team' });
  pipeline(chart, 'reviews', stopSignal).newRun(runs, 'run');
  expect(claims(chart)).toEqual([]);
  const [{ spec }] = manifests(runs);
  expect([spec.workspaces, spec.taskRunSpecs.map(({ podTemplate }: any) => podTemplate)]).toEqual([
    undefined,
    [undefined, undefined, undefined, undefined, undefined, undefined],
  ]);
});

test('a shared claim is made, and bound by runs, whose tasks may write to it', () => {
  const chart = newChart();
  const runs = new Chart(chart.node.root as App, 'runs', { namespace: 'team' });
  pipeline(chart, 'reviews', StopSignal.sharedClaim()).newRun(runs, 'run');
  expect(claims(chart)).toEqual([
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'experiment-stop-claim', namespace: 'team' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '2Ki' } } },
    },
  ]);
  const [{ spec }] = manifests(runs);
  expect(spec.workspaces).toEqual([{ name: 'stop', persistentVolumeClaim: { claimName: 'experiment-stop-claim' } }]);
  const writes = spec.taskRunSpecs.filter(({ podTemplate }: any) => podTemplate?.securityContext.fsGroup === 65534);
  expect(writes.map(({ pipelineTaskName }: any) => pipelineTaskName)).toEqual(['finish', 'wait']);
});

test('its claim can be of another kind', () => {
  const chart = newChart();
  const props = { name: 'stop', storageClassName: 'fast', storage: '1Gi', accessMode: 'ReadWriteMany' };
  pipeline(chart, 'reviews', StopSignal.sharedClaim(props));
  expect(claims(chart)).toMatchObject([
    {
      metadata: { name: 'stop' },
      spec: {
        storageClassName: 'fast',
        accessModes: ['ReadWriteMany'],
        resources: { requests: { storage: '1Gi' } },
      },
    },
  ]);
});

test('pipelines share one claim by one StopSignal; two of the same name are a mistake', () => {
  const chart = newChart();
  const shared = StopSignal.sharedClaim();
  pipeline(chart, 'reviews', shared);
  pipeline(chart, 'ratings', shared);
  expect(claims(chart).length).toBe(1);
  pipeline(chart, 'details', StopSignal.sharedClaim());
  expect(problems(chart)).toEqual([
    expect.stringContaining(
      'the PersistentVolumeClaim "experiment-stop-claim", which chart/reviews/stop-claim defines as well',
    ),
  ]);
});

test.each([
  [{ name: 'Stop' }, 'name is "Stop"'],
  [{ storage: 'much' }, 'storage is "much"'],
  [
    { accessMode: 'ReadOnlyMany' },
    'accessMode is "ReadOnlyMany"; expected one of ReadWriteOnce, ReadWriteMany, ReadWriteOncePod',
  ],
  [{ storageClassName: '' }, 'storageClassName is ""'],
])('%j is refused', (props, message) => {
  expect(() => StopSignal.sharedClaim(props)).toThrow(`StopSignal.sharedClaim: ${message}`);
});

test('a run can bind something else', () => {
  const chart = newChart();
  const runs = new Chart(chart.node.root as App, 'runs', { namespace: 'team' });
  const workspaces = { stop: WorkspaceBinding.emptyDir() };
  pipeline(chart, 'reviews', StopSignal.sharedClaim()).newRun(runs, 'run', { workspaces });
  expect(manifests(runs)[0].spec.workspaces).toEqual([{ name: 'stop', emptyDir: {} }]);
});
