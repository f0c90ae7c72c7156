import { Chart, Duration } from 'cdk8s';
import { Criterion, GitSource, Iter8Pipeline, LoadProfile, type NewRunProps } from '../lib';
import { manifest, newChart } from './support/synth';

function canary(): Iter8Pipeline {
  return new Iter8Pipeline(newChart('bookinfo'), 'canary', {
    source: GitSource.repository('https://git.example.com/bookinfo/reviews'),
    image: 'registry.example.com/bookinfo/reviews',
    service: 'reviews',
    criteria: [Criterion.meanLatency({ belowMillis: 300 }), Criterion.errorRate({ below: 0.01 })],
    load: LoadProfile.constantRate({ host: 'bookinfo.example.com', path: '/productpage', perSecond: 20 }),
  });
}

function run(props?: NewRunProps): any {
  const made = canary();
  const runs = new Chart(made.node.root, 'runs');
  made.newRun(runs, 'run', props);
  return manifest(runs, 'PipelineRun');
}

test('a run asks for a revision', () => {
  const { metadata, spec } = run({ revision: 'v2', params: { image: 'registry.example.com/other' } });
  expect(metadata).toEqual({ generateName: 'canary-', namespace: 'bookinfo' });
  expect(spec.params).toEqual([
    { name: 'image', value: 'registry.example.com/other' },
    { name: 'revision', value: 'v2' },
  ]);
  // Build, queue and setup, deployment, and the longer one of load and wait; then finish. With all that is tried again.
  expect(spec.timeouts).toEqual({ pipeline: '3h20m', tasks: '2h50m', finally: '30m' });
});

test('a run says what its pipeline does not', () => {
  const { metadata, spec } = run({
    metadata: { annotations: { ticket: '1' } },
    generateName: 'nightly-',
    timeout: Duration.hours(5),
    tasksTimeout: Duration.hours(4),
    finallyTimeout: Duration.minutes(40),
    serviceAccountName: 'mine',
    podTemplate: { nodeSelector: { disk: 'fast' } },
    taskRunSpecs: { build: { computeResources: { requests: { memory: '2Gi' } } } },
  });
  expect(metadata).toEqual({ generateName: 'nightly-', namespace: 'bookinfo', annotations: { ticket: '1' } });
  expect(spec.timeouts).toEqual({ pipeline: '5h', tasks: '4h', finally: '40m' });
  expect(spec.taskRunTemplate).toEqual({ serviceAccountName: 'mine', podTemplate: { nodeSelector: { disk: 'fast' } } });
  expect(spec.taskRunSpecs[0]).toEqual({
    pipelineTaskName: 'build',
    serviceAccountName: 'canary-build',
    computeResources: { requests: { memory: '2Gi' } },
  });
});

test('the default branch is a revision', () => {
  expect(run({ revision: '' }).spec.params).toEqual([{ name: 'revision', value: '' }]);
});

test.each<[object, string]>([
  ...['; rm -rf /', '-x', 'a..b', 'HEAD~1', '$(params.x)', null].map((revision): [object, string] => [
    { revision },
    `revision is ${JSON.stringify(revision)}; expected a branch, a tag or a commit`,
  ]),
  [{ params: { revision: '-x' } }, 'revision is "-x"; expected a branch, a tag or a commit'],
  [{ params: { image: 'reg/x:1' } }, 'image is "reg/x:1"; expected an image without tag and digest'],
  [{ params: { repository: 'ftp://x' } }, 'repository is "ftp://x"; expected a URL'],
  [{ metadata: { name: 'a' } }, 'metadata.name is "a"; expected no name'],
  [{ metadata: { generateName: 'a-' } }, 'metadata.generateName is "a-"; expected none in metadata'],
  [
    { revision: 'a', params: { revision: 'b' } },
    'revision is "a"; expected none beside param revision, which is b; fix: remove one of them',
  ],
])('%j is refused', (props, message) => {
  expect(() => run(props as NewRunProps)).toThrow(`runs/run: ${message}`);
});
