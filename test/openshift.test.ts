import { App, Testing } from 'cdk8s';
import { webhook } from '../examples/webhook/main';
import { Criterion, GitSource, Iter8Pipeline, Iter8Tasks, Platform, StopSignal } from '../lib';
import { withoutScripts } from './support/scripts';
import { manifest, newChart } from './support/synth';

const RATINGS = {
  source: GitSource.repository('https://git.example.com/bookinfo/ratings'),
  image: 'registry.example.com/bookinfo/ratings',
  service: 'ratings',
  criteria: [Criterion.errorRate({ below: 0.01 })],
};

function manifests(platform?: Platform): any[] {
  const app = new App();
  webhook(app, platform);
  return app.charts.flatMap((chart) => Testing.synth(chart)).map(withoutScripts);
}

/** Where two values differ, as paths with what stands there in the first and in the second one. */
function differences(a: any, b: any, path = ''): string[] {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
    return a === b ? [] : [`${path}: ${JSON.stringify(a)} → ${JSON.stringify(b)}`];
  }
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return keys.flatMap((key) => differences(a[key], b[key], `${path}.${key}`));
}

const id = ({ kind, metadata }: any) => `${kind} ${metadata.name ?? metadata.generateName}`;

test('on OpenShift the same is written, but for what follows', () => {
  const kubernetes = new Map(manifests().map((each) => [id(each), each]));
  const openShift = new Map(manifests(Platform.OPENSHIFT).map((each) => [id(each), each]));

  const only = (mine: Map<string, any>, theirs: Map<string, any>) => [...mine.keys()].filter((key) => !theirs.has(key));
  expect(only(kubernetes, openShift)).toEqual(['Ingress details-push', 'Ingress details-release']);
  expect(only(openShift, kubernetes)).toEqual([
    'Role details-build.anyuid',
    'RoleBinding details-build.anyuid',
    'Route details-push',
    'Route details-release',
  ]);
  const changed = [...kubernetes].flatMap(([key, each]) => {
    return openShift.has(key) ? differences(each, openShift.get(key), key) : [];
  });
  // No step but those of the build's pod has a user of its own.
  const users = [...kubernetes].flatMap(([key, { kind, spec }]) => {
    const containers = ['steps', 'sidecars'].flatMap((list) =>
      Object.keys(spec?.[list] ?? {}).map((i) => `${list}.${i}`),
    );
    return kind === 'Task' && key !== 'Task details-build'
      ? containers.flatMap((at) => ['User', 'Group'].map((of) => `${key}.spec.${at}.securityContext.runAs${of}`))
      : [];
  });
  expect(users.length).toBeGreaterThan(12);
  expect(changed.sort()).toEqual(users.map((path) => `${path}: 65534 → undefined`).sort());
});

test('on OpenShift these are the objects', () => {
  expect(manifests(Platform.OPENSHIFT)).toMatchSnapshot();
});

test('all steps but the builder keep their other restrictions', () => {
  const tasks = manifests(Platform.OPENSHIFT).filter(({ kind }) => kind === 'Task');
  const contexts = tasks.flatMap(({ spec }) => [...spec.steps, ...(spec.sidecars ?? [])]);
  expect(
    contexts.filter(({ name }) => name !== 'build-and-push').map(({ securityContext }) => securityContext),
  ).toEqual(
    contexts.slice(1).map(() =>
      expect.objectContaining({
        runAsNonRoot: true,
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
        seccompProfile: { type: 'RuntimeDefault' },
      }),
    ),
  );
});

test('a volume belongs to the group that OpenShift gives it', () => {
  const groups = [Platform.KUBERNETES, Platform.OPENSHIFT].map((platform) => {
    const chart = newChart('bookinfo');
    const canary = new Iter8Pipeline(chart, 'ratings', { ...RATINGS, platform, stopSignal: StopSignal.sharedClaim() });
    canary.newRun(chart, 'run');
    const specs: any[] = manifest(chart, 'PipelineRun').spec.taskRunSpecs;
    return specs.find(({ pipelineTaskName }) => pipelineTaskName === 'wait').podTemplate?.securityContext.fsGroup;
  });
  expect(groups).toEqual([65534, undefined]);
});

test('pipelines that share Tasks run on what these are made for', () => {
  const chart = newChart('bookinfo');
  const props = {
    ...RATINGS,
    tasks: new Iter8Tasks(chart, 'canary', { platform: Platform.OPENSHIFT }),
  };
  new Iter8Pipeline(chart, 'ratings', props);
  expect(manifest(chart, 'Role', 'ratings-build.anyuid').rules[0].resourceNames).toEqual(['anyuid']);
  expect(manifest(chart, 'RoleBinding', 'ratings-build.anyuid').subjects).toEqual([
    { kind: 'ServiceAccount', name: 'ratings-build', namespace: 'bookinfo' },
  ]);
  // The constraint is the pod's; the account can still call nothing.
  expect(manifest(chart, 'ServiceAccount', 'ratings-build').automountServiceAccountToken).toBe(false);
  expect(() => new Iter8Pipeline(chart, 'other', { ...props, platform: Platform.KUBERNETES })).toThrow(
    'chart/other: platform and tasks are both given; expected one; fix: give platform to the Iter8Tasks chart/canary',
  );
});
