import { App, Chart } from 'cdk8s';
import { parse } from 'yaml';
import { Pipeline, PipelinesAsCodeRun, type PipelinesAsCodeRunProps, Resolver, Task } from '../../lib';
import { schemaProblems } from '../support/schemas';
import { manifest, newChart, problems } from '../support/synth';

function pipeline(chart: Chart): Pipeline {
  const made = new Pipeline(chart, 'reviews');
  made.addParam('repository', { defaultValue: 'https://git.example.com/bookinfo/reviews' });
  made.addParam('revision', { defaultValue: '' });
  made.addTask('build', Task.fromName('build'), { serviceAccountName: 'reviews-build' });
  return made;
}

function run(props: Partial<PipelinesAsCodeRunProps> = {}): Chart {
  const chart = newChart();
  new PipelinesAsCodeRun(chart, 'push', { run: { pipeline: pipeline(chart) }, branches: ['main'], ...props });
  return chart;
}

test('a push to a branch starts a run of its commit', () => {
  const chart = run({ branches: ['main', 'release/1.0'], maxKeepRuns: 5 });
  const written = manifest(chart, 'PipelineRun');
  expect(written).toEqual({
    apiVersion: 'tekton.dev/v1',
    kind: 'PipelineRun',
    metadata: {
      generateName: 'reviews-',
      namespace: 'team',
      annotations: {
        'pipelinesascode.tekton.dev/max-keep-runs': '5',
        'pipelinesascode.tekton.dev/on-event': '[push]',
        'pipelinesascode.tekton.dev/on-target-branch': '[main, release/1.0]',
        'pipelinesascode.tekton.dev/target-namespace': 'team',
      },
    },
    spec: {
      pipelineRef: {
        resolver: 'cluster',
        params: [
          { name: 'name', value: 'reviews' },
          { name: 'namespace', value: 'team' },
          { name: 'kind', value: 'pipeline' },
        ],
      },
      params: [
        { name: 'repository', value: '{{ repo_url }}' },
        { name: 'revision', value: '{{ revision }}' },
      ],
      timeouts: { pipeline: '1h', tasks: '1h' },
      taskRunSpecs: [{ pipelineTaskName: 'build', serviceAccountName: 'reviews-build' }],
    },
  });
  expect(schemaProblems(written)).toEqual([]);
});

test('the file is YAML before and after its variables have values', () => {
  const app = new App();
  const chart = new Chart(app, 'push', { namespace: 'team' });
  new PipelinesAsCodeRun(chart, 'run', {
    run: { pipeline: pipeline(new Chart(app, 'a', { namespace: 'team' })) },
    branches: ['main'],
  });
  const text = app.synthYaml();
  for (const filled of [text, text.replace('{{ revision }}', '1234567').replace('{{ repo_url }}', 'https://a/b')]) {
    const found = filled
      .split('\n---\n')
      .map((document) => parse(document))
      .find(({ kind }) => kind === 'PipelineRun');
    expect(found.spec.params.every(({ value }: any) => typeof value === 'string')).toBe(true);
  }
});

test('a mirror stays, annotations too, and so does a Pipeline that is fetched from elsewhere', () => {
  const chart = newChart();
  const resolver = Resolver.git({ url: 'https://git.example.com/a', revision: 'main', pathInRepo: 'pipeline.yaml' });
  new PipelinesAsCodeRun(chart, 'push', {
    run: {
      pipeline: Pipeline.fromResolver(resolver),
      params: { repository: 'https://mirror.example.com/reviews' },
      metadata: { annotations: { 'pipelinesascode.tekton.dev/on-path-change': '[src/**]' } },
    },
    branches: ['main'],
  });
  const { metadata, spec } = manifest(chart, 'PipelineRun');
  expect(spec.pipelineRef.resolver).toBe('git');
  expect(spec.params[0]).toEqual({ name: 'repository', value: 'https://mirror.example.com/reviews' });
  expect(metadata.annotations['pipelinesascode.tekton.dev/on-path-change']).toBe('[src/**]');
  expect(metadata.annotations).not.toHaveProperty(['pipelinesascode.tekton.dev/max-keep-runs']);
});

test.each<[props: object, message: string]>([
  [{ branches: [] }, 'chart/push: branches is []; expected a branch at least'],
  [{ branches: ['a,b'] }, 'chart/push: a branch is "a,b"; expected a branch'],
  [{ branches: ['*'] }, 'chart/push: a branch is "*"; expected a branch'],
  [{ maxKeepRuns: 0 }, 'chart/push: maxKeepRuns is 0; expected a number from 1'],
])('a run is refused with %j', (props, message) => {
  expect(() => run(props)).toThrow(message);
});

test('a run is refused with a revision of its own, and without a namespace', () => {
  const chart = newChart();
  const made = pipeline(chart);
  const branches = ['main'];
  expect(() => {
    new PipelinesAsCodeRun(chart, 'push', { run: { pipeline: made, params: { revision: 'main' } }, branches });
  }).toThrow('chart/push: param revision is "main"; expected none, because the event has it');
  const nowhere = new Chart(chart.node.root, 'nowhere');
  expect(() => new PipelinesAsCodeRun(nowhere, 'push', { run: { pipeline: made }, branches })).toThrow(
    'nowhere/push: the namespace is undefined; expected that of the Pipeline',
  );
});

test('mistakes of the run are found by synth', () => {
  const chart = newChart();
  const plain = new Pipeline(chart, 'plain');
  plain.addTask('build', Task.fromName('build'));
  new PipelinesAsCodeRun(chart, 'push', { run: { pipeline: plain }, branches: ['main'] });
  expect(problems(chart).join('\n')).toContain('a value for "repository", which is no param of Pipeline plain');
});
