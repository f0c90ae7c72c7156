import { type App, Chart, Duration } from 'cdk8s';
import {
  Criterion,
  type CustomCriterion,
  Experiment,
  type ExperimentProps,
  Iter8Api,
  OnTermination,
  Strategy,
} from '../../lib';
import { schemaProblems } from '../support/schemas';
import { manifest, newChart, problems } from '../support/synth';

const versions = { service: 'reviews', baseline: 'reviews-v1', candidates: ['reviews-v2'] };

function spec(props: Partial<ExperimentProps> = {}): any {
  const chart = newChart();
  new Experiment(chart, 'experiment', { ...versions, criteria: [], ...props });
  const written = manifest(chart, 'Experiment');
  expect(schemaProblems(written)).toEqual([]);
  return written.spec;
}

function refusal(props: Partial<ExperimentProps>): string {
  try {
    spec(props);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing was refused');
}

test('an experiment has safe defaults', () => {
  const chart = newChart();
  new Experiment(chart, 'experiment', { ...versions, criteria: [] });
  expect(manifest(chart, 'Experiment')).toEqual({
    apiVersion: 'iter8.tools/v1alpha2',
    kind: 'Experiment',
    metadata: { name: 'experiment', namespace: 'team' },
    spec: {
      service: { name: 'reviews', baseline: 'reviews-v1', candidates: ['reviews-v2'] },
      trafficControl: { strategy: 'progressive', maxIncrement: 5, onTermination: 'to_winner' },
      duration: { interval: '30s', maxIterations: 20 },
    },
  });
});

const all: Partial<ExperimentProps> = {
  serviceNamespace: 'bookinfo',
  interval: Duration.seconds(90),
  maxIterations: 4,
  maxIncrement: 25,
  cleanup: true,
  hosts: [{ name: 'reviews.example.com', gateway: 'bookinfo/gateway' }],
  port: 9080,
  analyticsEndpoint: 'http://analytics.example.com/assess',
};

test('everything that can be said in v1alpha2', () => {
  const criteria = [
    Criterion.meanLatency({ belowMillis: 300 }),
    Criterion.errorRate({ timesBaseline: 1.1 }),
    Criterion.errorCount({ below: 0 }),
    Criterion.custom({ metric: 'books_sold', reward: true }),
    Criterion.custom({ metric: 'stars', absolute: -1 }),
  ];
  expect(spec({ ...all, criteria, strategy: Strategy.top2(), onTermination: OnTermination.toBaseline() })).toEqual({
    service: { name: 'reviews', namespace: 'bookinfo', port: 9080, baseline: 'reviews-v1', candidates: ['reviews-v2'] },
    networking: { hosts: [{ name: 'reviews.example.com', gateway: 'bookinfo/gateway' }] },
    criteria: [
      { metric: 'iter8_mean_latency', threshold: { type: 'absolute', value: 300 } },
      { metric: 'iter8_error_rate', threshold: { type: 'relative', value: 1.1 } },
      { metric: 'iter8_error_count', threshold: { type: 'absolute', value: 0 } },
      { metric: 'books_sold', isReward: true },
      { metric: 'stars', threshold: { type: 'absolute', value: -1 } },
    ],
    trafficControl: { strategy: 'top_2', maxIncrement: 25, onTermination: 'to_baseline' },
    duration: { interval: '1m30s', maxIterations: 4 },
    cleanup: true,
    analyticsEndpoint: 'http://analytics.example.com/assess',
  });
});

test.each([
  [Iter8Api.V1ALPHA1, 'seconds', 0.3],
  [Iter8Api.V1ALPHA1_V0_2, 'milliseconds', 300],
])('in $version latencies are %s', (api, _unit, tolerance) => {
  const criteria = [
    Criterion.meanLatency({ belowMillis: 300 }),
    Criterion.custom({ metric: 'latency', absolute: 300 }),
  ];
  expect(spec({ api, criteria }).analysis.successCriteria).toEqual([
    { metricName: 'iter8_latency', toleranceType: 'threshold', tolerance },
    { metricName: 'latency', toleranceType: 'threshold', tolerance: 300 },
  ]);
});

test('a metric of ones own keeps its name, whatever it is', () => {
  const metrics = ['latency', 'error-rate', 'error-count', 'constructor', '__proto__'];
  const criteria = metrics.map((metric) => Criterion.custom({ metric, absolute: 0 }));
  expect(spec({ criteria }).criteria.map(({ metric }: any) => metric)).toEqual(metrics);
  const { successCriteria } = spec({ criteria, api: Iter8Api.V1ALPHA1 }).analysis;
  expect(successCriteria.map(({ metricName }: any) => metricName)).toEqual(metrics);
});

test('everything that can be said in v1alpha1, where multiples are differences', () => {
  const criteria = [
    Criterion.meanLatency({ belowMillis: 300 }),
    Criterion.meanLatency({ timesBaseline: 1.2 }),
    Criterion.errorRate({ below: 0.01 }),
    Criterion.errorCount({ below: 3 }),
    Criterion.custom({ metric: 'stars', absolute: 4 }),
  ];
  const api = Iter8Api.V1ALPHA1_V0_2;
  expect(spec({ ...all, api, criteria, maxTrafficPercentage: 60, onTermination: OnTermination.keepLast() })).toEqual({
    targetService: {
      apiVersion: 'v1',
      name: 'reviews',
      namespace: 'bookinfo',
      port: 9080,
      hosts: [{ name: 'reviews.example.com', gateway: 'bookinfo/gateway' }],
      baseline: 'reviews-v1',
      candidate: 'reviews-v2',
    },
    trafficControl: {
      strategy: 'check_and_increment',
      maxTrafficPercentage: 60,
      trafficStepSize: 25,
      interval: '1m30s',
      maxIterations: 4,
      onSuccess: 'both',
    },
    analysis: {
      analyticsService: 'http://analytics.example.com/assess',
      successCriteria: [
        { metricName: 'iter8_latency', toleranceType: 'threshold', tolerance: 300 },
        { metricName: 'iter8_latency', toleranceType: 'delta', tolerance: 0.2 },
        { metricName: 'iter8_error_rate', toleranceType: 'threshold', tolerance: 0.01 },
        { metricName: 'iter8_error_count', toleranceType: 'threshold', tolerance: 3 },
        { metricName: 'stars', toleranceType: 'threshold', tolerance: 4 },
      ],
    },
    cleanup: 'delete',
  });
});

test.each([
  ['progressive', Strategy.progressive(), Iter8Api.V1ALPHA2],
  ['top_2', Strategy.top2(), Iter8Api.V1ALPHA2],
  ['uniform', Strategy.uniform(), Iter8Api.V1ALPHA2],
  ['check_and_increment', Strategy.progressive(), Iter8Api.V1ALPHA1],
  ['increment_without_check', Strategy.incrementWithoutCheck(), Iter8Api.V1ALPHA1],
  ['epsilon_greedy', Strategy.epsilonGreedy(), Iter8Api.V1ALPHA1],
  ['posterior_bayesian_routing', Strategy.posteriorBayesianRouting(), Iter8Api.V1ALPHA1],
  ['optimistic_bayesian_routing', Strategy.optimisticBayesianRouting(), Iter8Api.V1ALPHA1],
])('strategy %s', (name, strategy, api) => {
  expect(spec({ strategy, api }).trafficControl.strategy).toBe(name);
});

test.each([
  ['to_winner', 'candidate', OnTermination.toWinner()],
  ['to_baseline', 'baseline', OnTermination.toBaseline()],
  ['keep_last', 'both', OnTermination.keepLast()],
])('end %s', (word, before, onTermination) => {
  expect(spec({ onTermination }).trafficControl.onTermination).toBe(word);
  expect(spec({ onTermination, api: Iter8Api.V1ALPHA1 }).trafficControl.onSuccess).toBe(before);
});

test('words of iter8 that nobody knows here are written as they are', () => {
  const strategy = Strategy.custom('top_3');
  const onTermination = OnTermination.custom('to_best');
  const written = (api: Iter8Api) => {
    const chart = newChart();
    new Experiment(chart, 'experiment', { ...versions, criteria: [], strategy, onTermination, api });
    return manifest(chart, 'Experiment').spec.trafficControl;
  };
  expect(written(Iter8Api.V1ALPHA2)).toMatchObject({ strategy: 'top_3', onTermination: 'to_best' });
  expect(written(Iter8Api.V1ALPHA1)).toMatchObject({ strategy: 'top_3', onSuccess: 'to_best' });
});

test('the routing of a service with a long name gets an id that fits into a label', () => {
  expect(
    spec({ service: 'a-service-with-a-rather-long-name', serviceNamespace: 'a-namespace-of-some-length' }).networking,
  ).toEqual({
    id: 'a-service-with-a-rather-long-name',
  });
});

test('several candidates', () => {
  expect(spec({ candidates: ['a', 'b'] }).service.candidates).toEqual(['a', 'b']);
});

test.each<[string, Partial<ExperimentProps>, string]>([
  [
    'no interval',
    { interval: Duration.seconds(0) },
    'interval is "0 ms"; expected at least 1 ms; fix: use Duration.seconds(30)',
  ],
  [
    'an interval in words',
    { interval: '30s' as unknown as Duration },
    'interval is "30s"; expected a Duration; fix: give interval as Duration.seconds(30)',
  ],
  [
    'no list of criteria',
    { criteria: 'none' as any },
    'criteria is "none"; expected a list of criteria; fix: give [Criterion.errorRate({ below: 0.01 })]',
  ],
  ['a number that is none', { maxIncrement: Number.NaN }, 'maxIncrement is NaN; expected a whole number'],
  [
    'no iterations',
    { maxIterations: 0 },
    'maxIterations is 0; expected a number from 1 to 1000000; fix: give maxIterations such a number',
  ],
  [
    'half an iteration',
    { maxIterations: 1.5 },
    'maxIterations is 1.5; expected a whole number; fix: round maxIterations',
  ],
  ['too much at once', { maxIncrement: 101 }, 'maxIncrement is 101; expected a number from 1 to 100'],
  ['a port that is none', { port: 0 }, 'port is 0; expected a number from 1 to 65535'],
  [
    'two rewards',
    { criteria: [1, 2].map((n) => Criterion.custom({ metric: `m${n}`, reward: true })) },
    'the reward in criteria is ["m1","m2"]; expected one at most; fix: leave reward out of all but one',
  ],
  [
    'a host that is none',
    { hosts: [{ name: 'a b', gateway: 'g' }] },
    'the name of a host is "a b"; expected a DNS name',
  ],
  ['a host with an empty part', { hosts: [{ name: 'a..com', gateway: 'g' }] }, 'the name of a host is "a..com"'],
  [
    'a host that is too long',
    { hosts: [{ name: `${'a.'.repeat(130)}com`, gateway: 'g' }] },
    `the name of a host is "${'a.'.repeat(130)}com"; expected a DNS name`,
  ],
  [
    'a host twice',
    { hosts: ['g', 'h'].map((gateway) => ({ name: 'a.com', gateway })) },
    'the name of a host is "a.com"; expected each host once; fix: remove one of them',
  ],
  ...['G', 'ns/gw/x"@name@', '$(params.x)', undefined].map((gateway): [string, Partial<ExperimentProps>, string] => [
    `the gateway ${gateway}`,
    { hosts: [{ name: 'a', gateway: gateway as string }] },
    `the gateway of host a is ${JSON.stringify(gateway)}; expected the name of a Gateway, or namespace/name`,
  ]),
  [
    'an endpoint with a password',
    { analyticsEndpoint: 'http://a:b@c/' },
    'analyticsEndpoint is "http://a:b@c/"; expected an http or https URL without user and password',
  ],
  ...['http://a"b', 'http://a/"', 'http://', 'http://a b', '$(params.x)'].map(
    (analyticsEndpoint): [string, Partial<ExperimentProps>, string] => [
      `the endpoint ${analyticsEndpoint}`,
      { analyticsEndpoint },
      `analyticsEndpoint is ${JSON.stringify(analyticsEndpoint)}; expected an http or https URL`,
    ],
  ),
  ...[['reviews-v1'], ['a', 'a']].map((candidates): [string, Partial<ExperimentProps>, string] => [
    `candidates ${candidates} beside reviews-v1`,
    { candidates },
    `a candidate is "${candidates[0]}"; expected another Deployment than the baseline and the other candidates; fix: name the new version's`,
  ]),
  ['a candidate that is none', { candidates: ['A'] }, 'a candidate is "A"'],
  ['a baseline that is a variable', { baseline: '$(params.x)' }, 'baseline is "$(params.x)"'],
  ['a service that is a variable', { service: '$(params.x)' }, 'service is "$(params.x)"'],
  ['a namespace that is none', { serviceNamespace: 'A "b' }, 'serviceNamespace is "A \\"b"'],
  ['a namespace of its own that is none', { metadata: { namespace: '$(params.x)' } }, 'the namespace is "$(params.x)"'],
  ['a name that is a variable', { metadata: { name: '$(params.x)' } }, 'the name of an Experiment is "$(params.x)"'],
  [
    'a name that the cluster gives',
    { metadata: { generateName: 'reviews-' } },
    'metadata.generateName is "reviews-"; expected none, because an Experiment is written with its name; fix: give metadata.name',
  ],
  ['a service that is none', { service: 'Reviews' }, 'service is "Reviews"; expected at most 63 lower-case letters'],
  [
    'a name that does not fit into a label',
    { metadata: { name: 'x'.repeat(60) } },
    'have 64 characters; expected at most 62 together; fix: shorten the name',
  ],
  [
    'what only v1alpha1 knows',
    { maxTrafficPercentage: 50 },
    'maxTrafficPercentage is 50; expected none, because v1alpha2 does not know it; fix: remove it',
  ],
  [
    'a strategy of v1alpha1',
    { strategy: Strategy.incrementWithoutCheck() },
    'strategy is "increment_without_check"; expected one of progressive, top_2, uniform in v1alpha2; fix: use another strategy',
  ],
  [
    'a strategy of v1alpha2',
    { api: Iter8Api.V1ALPHA1, strategy: Strategy.uniform() },
    'strategy is "uniform"; expected one of progressive, increment_without_check, epsilon_greedy, posterior_bayesian_routing, optimistic_bayesian_routing in v1alpha1; fix: use another strategy',
  ],
  [
    'two candidates in v1alpha1',
    { api: Iter8Api.V1ALPHA1, candidates: ['a', 'b'] },
    'candidates is ["a","b"]; expected exactly one in v1alpha1; fix: use Iter8Api.V1ALPHA2',
  ],
  [
    'a reward in v1alpha1',
    { api: Iter8Api.V1ALPHA1, criteria: [Criterion.custom({ metric: 'm', reward: true })] },
    'the reward in criteria is "m"; expected none in v1alpha1; fix: remove it, or use Iter8Api.V1ALPHA2',
  ],
  [
    'less than the baseline in v1alpha1',
    { api: Iter8Api.V1ALPHA1, criteria: [Criterion.errorRate({ timesBaseline: 0.5 })] },
    'timesBaseline of error-rate is 0.5; expected at least 1 in v1alpha1; fix: raise it, or use Iter8Api.V1ALPHA2',
  ],
  [
    'a port before iter8 0.2',
    { api: Iter8Api.V1ALPHA1, port: 9080 },
    'port is 9080; expected none before iter8 0.2, which does not know it; fix: remove port, or use Iter8Api.V1ALPHA1_V0_2',
  ],
  [
    'hosts before iter8 0.2',
    { api: Iter8Api.V1ALPHA1, hosts: [{ name: 'a', gateway: 'g' }] },
    'hosts is [{"name":"a","gateway":"g"}]; expected none before iter8 0.2',
  ],
  [
    'a step that goes above what iter8 allows',
    { api: Iter8Api.V1ALPHA1, maxIncrement: 51 },
    'maxIncrement is 51; expected at most maxTrafficPercentage, which is 50; fix: lower it, or raise maxTrafficPercentage',
  ],
  [
    'a step that goes above what is allowed',
    { api: Iter8Api.V1ALPHA1, maxIncrement: 21, maxTrafficPercentage: 20 },
    'maxIncrement is 21; expected at most maxTrafficPercentage, which is 20',
  ],
])('%s is refused', (_what, props, message) => {
  expect(refusal(props)).toContain(`chart/experiment: ${message}`.replace(/^chart\/experiment: have/, 'have'));
});

test.each<[string, () => unknown, string]>([
  [
    'both limits',
    () => Criterion.meanLatency({ belowMillis: 1, timesBaseline: 1 }),
    'Criterion.meanLatency: both of belowMillis and timesBaseline given; expected exactly one; fix: remove one',
  ],
  [
    'no limit',
    () => Criterion.errorRate({}),
    'Criterion.errorRate: neither of below and timesBaseline given; expected exactly one; fix: add one',
  ],
  [
    'a latency of 0',
    () => Criterion.meanLatency({ belowMillis: 0 }),
    'Criterion.meanLatency: belowMillis is 0; expected a number above 0; fix: give belowMillis such a number',
  ],
  [
    'a multiple that is no number',
    () => Criterion.errorRate({ timesBaseline: Number.NaN }),
    'Criterion.errorRate: timesBaseline is NaN; expected a number above 0',
  ],
  [
    'a rate in percent',
    () => Criterion.errorRate({ below: 5 }),
    'Criterion.errorRate: below is 5; expected a number from 0 to 1',
  ],
  [
    'a negative count',
    () => Criterion.errorCount({ below: -1 }),
    'Criterion.errorCount: below is -1; expected a number of at least 0',
  ],
  [
    'a metric without a name',
    () => Criterion.custom({ metric: 'a b', absolute: 1 }),
    'Criterion.custom: metric is "a b"; expected the name of a metric',
  ],
  [
    'no metric at all',
    () => Criterion.custom({ absolute: 1 } as CustomCriterion),
    'Criterion.custom: metric is undefined; expected the name of a metric',
  ],
  [
    'a limit that is no number',
    () => Criterion.custom({ metric: 'a', absolute: Number.NaN }),
    'Criterion.custom: absolute is NaN; expected a number; fix: give absolute such a number',
  ],
  [
    'an error rate in percent',
    () => Criterion.custom({ metric: 'iter8_error_rate', absolute: 50 }),
    'Criterion.custom: absolute is 50; expected a number from 0 to 1',
  ],
  ...['iter8_request_count', 'iter8_total_latency', 'iter8_error_count'].flatMap((metric) =>
    [{ reward: true }, { timesBaseline: 1.1 }].map((limit): [string, () => unknown, string] => [
      `${metric} with ${Object.keys(limit)}`,
      () => Criterion.custom({ metric, ...limit }),
      `Criterion.custom: metric is "${metric}"; expected no metric that counts, with timesBaseline or reward; fix: give absolute, or take a metric that is a ratio`,
    ]),
  ),
  [
    'a strategy without a name',
    () => Strategy.custom(''),
    `Strategy.custom: name is ""; expected a word of iter8's API; fix: give name another value`,
  ],
  ['an end with blanks', () => OnTermination.custom('a b'), 'OnTermination.custom: name is "a b"'],
  [
    'a custom metric without a limit',
    () => Criterion.custom({ metric: 'a' }),
    'Criterion.custom: neither of absolute and timesBaseline given',
  ],
])('%s is refused where it is given', (_what, make, message) => {
  expect(make).toThrow(message);
});

test('two experiments of one name in a namespace are a problem, and in two namespaces they are not', () => {
  const chart = newChart();
  new Experiment(chart, 'a', { ...versions, criteria: [], metadata: { name: 'same' } });
  new Experiment(chart, 'b', { ...versions, criteria: [], metadata: { name: 'same' } });
  const far = new Chart(chart.node.root as App, 'far', { namespace: 'far' });
  new Experiment(far, 'c', { ...versions, criteria: [], metadata: { name: 'same' } });
  expect(problems(chart)).toEqual([
    'chart/b: the Experiment "same", which chart/a defines as well; expected one definition of each object in a namespace; fix: give one of them another name or id, or use the one construct in both places (duplicate-object)',
  ]);
});
