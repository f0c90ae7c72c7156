import { App, Chart, Duration } from 'cdk8s';
import {
  Criterion,
  GitSource,
  Images,
  Iter8Api,
  Iter8Pipeline,
  type Iter8PipelineProps,
  Iter8Tasks,
  Kaniko,
  LoadProfile,
  LoadStart,
} from '../lib';
import { newChart, problems } from './support/synth';

const props: Iter8PipelineProps = {
  source: GitSource.repository('https://git.example.com/bookinfo/reviews'),
  image: 'registry.example.com/bookinfo/reviews',
  service: 'reviews',
  criteria: [Criterion.errorRate({ below: 0.01 })],
  load: LoadProfile.constantRate({ host: 'bookinfo.example.com', perSecond: 20 }),
};

test.each<[string, Partial<Iter8PipelineProps>, string]>([
  [
    'an image with a tag',
    { image: 'registry.example.com/a:1' },
    ': image is "registry.example.com/a:1"; expected an image without tag and digest, such as registry.example.com/team/service; fix: leave the tag out; every build is tagged with its commit',
  ],
  ['an image that is a variable', { image: '$(params.x)' }, ': image is "$(params.x)"'],
  ['a service that is none', { service: 'Reviews' }, '/pipeline/experiment: service is "Reviews"'],
  [
    'a Deployment whose name leaves no room for a commit',
    { deployment: 'x'.repeat(53) },
    `/pipeline/experiment: deployment is "${'x'.repeat(53)}"; expected at most 52`,
  ],
  ['a Deployment that is none', { deployment: 'A' }, '/pipeline/experiment: deployment is "A"'],
  ['a baseline that is none', { baseline: 'A' }, '/pipeline/experiment: baseline is "A"'],
  ['a container that is none', { container: 'a_b' }, '/pipeline/deploy: container is "a_b"'],
  ['a context outside of the repository', { context: '/etc' }, '/pipeline/build: context is "/etc"'],
  ['a Dockerfile that looks like an option', { dockerfile: '-x' }, '/pipeline/build: dockerfile is "-x"'],
  ['a namespace that is none', { serviceNamespace: 'a.b' }, ': serviceNamespace is "a.b"'],
  ['a namespace that is a variable', { serviceNamespace: '$(params.x)' }, ': serviceNamespace is "$(params.x)"'],
  [
    'a namespace after which there is no room for the name of an experiment',
    { serviceNamespace: 'n'.repeat(51) },
    `/pipeline/experiment: namespace is "${'n'.repeat(51)}"; expected a namespace of at most 50 characters`,
  ],
  [
    'a name that is too long',
    { name: 'x'.repeat(53) },
    `: name is "${'x'.repeat(53)}"; expected at most 52 lower-case letters, digits, "-" and ".", with a letter or digit at both ends, because names of Tasks begin with it; fix: set name to a shorter or simpler one`,
  ],
  ['a name that is none', { name: 'ReviewsCanary' }, ': name is "ReviewsCanary"; expected at most 52'],
  [
    'a share of failed requests without any',
    { load: undefined, maxErrorRate: 0.1 },
    ': maxErrorRate is 0.1; expected none without load; fix: give load, or remove maxErrorRate',
  ],
  [
    'a start of the load without any',
    { load: undefined, loadStart: LoadStart.AFTER_BUILD },
    ': loadStart is "afterBuild"; expected none without load; fix: give load, or remove loadStart',
  ],
  [
    'a Secret that does not exist by its name',
    { registrySecretName: 'A' },
    '/service-accounts/build: the name of a Secret is "A"',
  ],
  ['no criteria', { criteria: [] }, '/pipeline/experiment: criteria is []; expected at least one'],
  [
    'a deadline that is over before the experiment',
    { experimentDeadline: Duration.minutes(5) },
    '/pipeline/wait: deadline is "300 s"; expected at least 600 s',
  ],
  [
    'a time in words',
    { buildTimeout: '30m' as unknown as Duration },
    '/pipeline/build: timeout is "30m"; expected a Duration',
  ],
])('%s is refused', (_what, change, message) => {
  expect(() => new Iter8Pipeline(newChart('bookinfo'), 'canary', { ...props, ...change })).toThrow(
    `chart/canary${message}`,
  );
});

test('the longest names fit', () => {
  const chart = newChart('n'.repeat(50));
  const load = LoadProfile.constantRate({ mesh: true, perSecond: 1 });
  const service = 's'.repeat(63);
  const canary = new Iter8Pipeline(chart, 'x'.repeat(52), { ...props, load, service, deployment: 'd'.repeat(52) });
  canary.newRun(chart, 'run');
  expect(problems(chart)).toEqual([]);
});

test('a chart whose labels the pods would get is refused', () => {
  const labelled = new Chart(new App(), 'chart', { namespace: 'bookinfo', labels: { app: 'reviews' } });
  expect(() => new Iter8Pipeline(labelled, 'canary', props)).toThrow(
    'chart/canary: the chart has the label app=reviews, which the pods of tasks would get',
  );
  const canary = new Iter8Pipeline(newChart('bookinfo'), 'canary', props);
  expect(() => canary.newRun(labelled, 'run')).toThrow('chart/run: the chart has the label app=reviews');
});

test('what shared Tasks know can not be said again', () => {
  const chart = newChart('bookinfo');
  const tasks = new Iter8Tasks(chart, 'shared');
  expect(() => new Iter8Pipeline(chart, 'a', { ...props, tasks, images: Images.of() })).toThrow(
    'chart/a: images and tasks are both given; expected one; fix: give images to the Iter8Tasks chart/shared',
  );
  expect(() => new Iter8Pipeline(chart, 'c', { ...props, tasks, builder: new Kaniko() })).toThrow(
    'chart/c: builder and tasks are both given; expected one; fix: give builder to the Iter8Tasks chart/shared',
  );
  expect(() => new Iter8Pipeline(chart, 'b', { ...props, tasks, api: Iter8Api.V1ALPHA1 })).toThrow(
    'chart/b/pipeline/experiment: api is "v1alpha1"; expected v1alpha2, as the Task here has it; fix: give all Tasks the same api',
  );
});

test('a chart without a namespace is refused', () => {
  expect(() => new Iter8Pipeline(new Chart(new App(), 'chart'), 'canary', props)).toThrow(
    "chart/canary: neither the chart nor serviceNamespace names a namespace; expected the service's; fix: new Chart(app, 'name', { namespace: 'namespace' })",
  );
});
