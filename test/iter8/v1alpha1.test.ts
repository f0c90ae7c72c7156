import { Duration } from 'cdk8s';
import {
  Criterion,
  Experiment,
  type ExperimentOptions,
  GitSource,
  Iter8Api,
  Iter8Pipeline,
  OnTermination,
  Strategy,
} from '../../lib';
import { schemaProblems, v1alpha1Problems } from '../support/schemas';
import { manifest, newChart } from '../support/synth';

/** The Experiment as a pipeline hands it to its step, which fills in the versions. */
function template(api: Iter8Api, options: Partial<ExperimentOptions> = {}): any {
  const chart = newChart('bookinfo');
  new Iter8Pipeline(chart, 'canary', {
    source: GitSource.repository('https://git.example.com/bookinfo/reviews'),
    image: 'registry.example.com/bookinfo/reviews',
    service: 'reviews',
    criteria: [Criterion.meanLatency({ belowMillis: 300 }), Criterion.errorRate({ below: 0.01 })],
    api,
    ...options,
  });
  const { params } = manifest(chart, 'Pipeline').spec.tasks.find(({ name }: any) => name === 'experiment');
  return JSON.parse(params.find(({ name }: any) => name === 'template').value);
}

const EVERYTHING: Partial<ExperimentOptions> = {
  criteria: [
    Criterion.meanLatency({ belowMillis: 250 }),
    Criterion.meanLatency({ timesBaseline: 1.2 }),
    Criterion.errorRate({ below: 0.05 }),
    Criterion.errorCount({ below: 10 }),
  ],
  interval: Duration.seconds(90),
  maxIterations: 8,
  maxIncrement: 10,
  maxTrafficPercentage: 80,
  onTermination: OnTermination.toBaseline(),
  analyticsEndpoint: 'http://analytics.example.com:8080',
};
const HOSTS: Partial<ExperimentOptions> = {
  hosts: [{ name: 'reviews.example.com', gateway: 'bookinfo-gateway' }],
  port: 9080,
};

test.each<[string, any]>([
  ['until 0.1', template(Iter8Api.V1ALPHA1)],
  ['until 0.1, with everything', template(Iter8Api.V1ALPHA1, EVERYTHING)],
  ['0.2', template(Iter8Api.V1ALPHA1_V0_2)],
  ['0.2, with everything', template(Iter8Api.V1ALPHA1_V0_2, { ...EVERYTHING, ...HOSTS })],
])('the experiment of a pipeline for iter8 %s', (_name, experiment) => {
  expect(experiment).toMatchSnapshot();
  expect(schemaProblems(experiment)).toEqual([]);
});

const OLD = ['v1alpha1', 'v1alpha1-2019-11', 'v1alpha1-v0.0.1', 'v1alpha1-v0.1.1', 'v1alpha1-v0.2.1'];
const known = v1alpha1Problems(template(Iter8Api.V1ALPHA1)).length > 0 ? test : test.skip;

known.each<[string, Iter8Api, Partial<ExperimentOptions>, string[]]>([
  ['the defaults', Iter8Api.V1ALPHA1, {}, OLD],
  ['everything', Iter8Api.V1ALPHA1, EVERYTHING, OLD],
  ['increments without check', Iter8Api.V1ALPHA1, { strategy: Strategy.incrementWithoutCheck() }, OLD],
  ['no criteria', Iter8Api.V1ALPHA1, { criteria: [] }, OLD],
  ['both versions in the end', Iter8Api.V1ALPHA1, { onTermination: OnTermination.keepLast() }, OLD],
  ['another strategy', Iter8Api.V1ALPHA1, { strategy: Strategy.epsilonGreedy() }, OLD.slice(2)],
  ['the defaults of 0.2', Iter8Api.V1ALPHA1_V0_2, {}, OLD],
  ['hosts and a port', Iter8Api.V1ALPHA1_V0_2, HOSTS, OLD.slice(4)],
])('%s: the schemas of iter8 that allow it', (_what, api, options, allowed) => {
  const problems = v1alpha1Problems(template(api, options));
  expect(problems.map(([file]) => file)).toEqual(OLD);
  expect(problems.filter(([, each]) => each.length === 0).map(([file]) => file)).toEqual(allowed);
});

known('cleanup, which an experiment by hand may ask for: the schemas of iter8 that allow it', () => {
  const chart = newChart();
  const versions = { service: 'reviews', baseline: 'reviews-v1', candidates: ['reviews-v2'] };
  new Experiment(chart, 'experiment', { ...versions, criteria: [], cleanup: true, api: Iter8Api.V1ALPHA1 });
  const problems = v1alpha1Problems(manifest(chart, 'Experiment'));
  expect(problems.filter(([, each]) => each.length === 0).map(([file]) => file)).toEqual(OLD.slice(1));
});

test('latencies are in seconds until 0.1, and in milliseconds since 0.2', () => {
  const tolerance = (api: Iter8Api) => template(api).spec.analysis.successCriteria[0].tolerance;
  expect([tolerance(Iter8Api.V1ALPHA1), tolerance(Iter8Api.V1ALPHA1_V0_2)]).toEqual([0.3, 300]);
});
