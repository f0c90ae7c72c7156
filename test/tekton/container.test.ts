import { EnvValue } from 'cdk8s-plus-25';
import { type ContainerProps, Task, Volume } from '../../lib';
import { manifest, newChart, problems } from '../support/synth';

const step = { image: 'example.com/tools:1', command: ['true'] };
const volumes = [
  { name: 'a', mountPath: '/x/' },
  { name: 'b', mountPath: '/x' },
];

const REFUSED: [props: Partial<ContainerProps> | any, message: string][] = [
  [{ image: '' }, 'the image of WHAT is ""; expected an image; fix: name it, or leave it to the stepTemplate'],
  [{ env: { A: undefined } }, 'env A of WHAT is undefined; expected a string; fix: give it a value, or leave it out'],
  [{ env: { A: { b: 1 } } }, 'env A of WHAT is {"b":1}; expected a string'],
  [{ env: { '': 'a' } }, 'the name of a variable in env of WHAT is ""; expected letters, digits, "_", "-" and "."'],
  [{ env: { 'A=B': 'a' } }, 'the name of a variable in env of WHAT is "A=B"'],
  [{ env: { 'a b': 'a' } }, 'the name of a variable in env of WHAT is "a b"'],
  [{ envValues: { '1a': EnvValue.fromValue('a') } }, 'the name of a variable in env of WHAT is "1a"'],
  [
    { env: { A: 'a' }, envValues: { A: EnvValue.fromValue('a') } },
    'env A of WHAT is "a"; expected one value, but envValues has one too; fix: remove one of them',
  ],
  [
    { volumeMounts: volumes },
    'the mountPath of b in WHAT is "/x"; expected another folder than that of a; fix: mount it somewhere else',
  ],
  [
    { volumeMounts: [{ name: 'tekton-internal-a', mountPath: '/x' }] },
    'a volume in WHAT is "tekton-internal-a"; expected a name that does not begin with "tekton-internal-"; fix: rename the volume',
  ],
  [
    { computeResources: { requests: { cpu: 'lots' } } },
    'cpu in requests of WHAT is "lots"; expected a quantity as Kubernetes writes it, such as "500m" or "64Mi"; fix: give cpu in requests of WHAT another value',
  ],
  [{ computeResources: { limits: { memory: '1 Gi' } } }, 'memory in limits of WHAT is "1 Gi"'],
  [
    { imagePullPolicy: 'Sometimes' },
    'imagePullPolicy of WHAT is "Sometimes"; expected one of Always, IfNotPresent, Never; fix: give imagePullPolicy of WHAT one of them',
  ],
  [
    { securityContext: { seccompProfile: { type: 'None' } } },
    'seccompProfile of WHAT is "None"; expected one of RuntimeDefault, Unconfined, Localhost',
  ],
];

test.each(REFUSED)('no container has %j', (props, message) => {
  const task = new Task(newChart(), 'task');
  const expected = (what: string) => `chart/task: ${message.replaceAll('WHAT', what)}`;
  expect(() => task.addStep('a', { ...step, ...props })).toThrow(expected('step a'));
  expect(() => task.addSidecar('a', { ...step, ...props })).toThrow(expected('sidecar a'));
  expect(() => new Task(newChart(), 'task', { stepTemplate: props })).toThrow(expected('stepTemplate'));
});

test.each([
  [{ command: ['a', undefined] }, 'an item in command of step a is undefined; expected a string'],
  [{ args: [1] }, 'an item in args of step a is 1; expected a string; fix: write it in quotes, or leave it out'],
])('no program is run with %j', (props: any, message) => {
  const task = new Task(newChart(), 'task');
  expect(() => task.addStep('a', { ...step, ...props })).toThrow(`chart/task: ${message}`);
});

test('what Kubernetes takes is taken', () => {
  const chart = newChart();
  const task = new Task(chart, 'task', { stepTemplate: { volumeMounts: [{ name: 'a', mountPath: '/x' }] } });
  task.addParam('policy', { defaultValue: 'Always' });
  task.addVolume(Volume.emptyDir('a'));
  task.addStep('a', {
    ...step,
    env: { 'a.b-C_1': 'a', N: 1 as any, T: true as any },
    volumeMounts: [
      { name: 'a', mountPath: '/x' },
      { name: 'a', mountPath: '/tekton/home/a' },
    ],
    computeResources: { requests: { cpu: '.5', memory: '1e3' }, limits: { cpu: '2', memory: '64Mi', disk: '1.5G' } },
    imagePullPolicy: '$(params.policy)',
  });
  task.addSidecar('b', { ...step, volumeMounts: [{ name: 'a', mountPath: '/tekton/other' }] });
  expect(problems(chart)).toEqual([]);
  expect(manifest(chart, 'Task').spec.steps[0].env).toEqual([
    { name: 'a.b-C_1', value: 'a' },
    { name: 'N', value: '1' },
    { name: 'T', value: 'true' },
  ]);
});

test.each(['/tekton/results', '/tekton/homework', '/tekton/home/../x'])(
  'Tekton keeps %s to itself in steps',
  (mountPath) => {
    const volumeMounts = [{ name: 'a', mountPath }];
    const message = `the mountPath of a in step a is "${mountPath}"; expected a folder outside of /tekton, or in /tekton/home; fix: mount it somewhere else`;
    expect(() => new Task(newChart(), 'task').addStep('a', { ...step, volumeMounts })).toThrow(message);
    expect(() => new Task(newChart(), 'task', { stepTemplate: { volumeMounts } })).toThrow('in stepTemplate is');
  },
);

test('a step has an image, its own or that of all steps, and a sidecar one of its own', () => {
  const plain = new Task(newChart(), 'task');
  expect(() => plain.addStep('a', { command: ['true'] })).toThrow(
    'chart/task: the image of step a is undefined; expected an image here or in the stepTemplate; fix: name one',
  );
  const chart = newChart();
  const task = new Task(chart, 'task', { stepTemplate: { image: 'example.com/tools:1' } });
  task.addStep('a', { command: ['true'] });
  expect(problems(chart)).toEqual([]);
  expect(() => task.addSidecar('b', { command: ['true'] })).toThrow(
    'chart/task: the image of sidecar b is undefined; expected an image, which it does not get from the stepTemplate; fix: name one',
  );
});

test('sidecars', () => {
  const chart = newChart();
  const task = new Task(chart, 'task');
  task.addStep('run', step);
  task.addSidecar('z', step);
  task.addSidecar('a', step);
  expect(manifest(chart, 'Task').spec.sidecars.map((sidecar: any) => sidecar.name)).toEqual(['z', 'a']);
  expect(() => task.addSidecar('tekton-log-results', step)).toThrow(
    `the name of a sidecar is "tekton-log-results"; expected another name than that of Tekton's own; fix: rename it`,
  );
  expect(() => task.addSidecar('b', { ...step, ports: [0] })).toThrow(
    'a port of sidecar b is 0; expected a number from 1 to 65535',
  );
  expect(() => task.addSidecar('b', { ...step, readinessProbe: { port: 1.5, path: '/' } })).toThrow(
    'a port of sidecar b is 1.5; expected a whole number',
  );
  expect(() => task.addSidecar('b', { ...step, readinessProbe: { port: 80, path: '/$(params.a)' } })).toThrow(
    'chart/task: readinessProbe.path of sidecar b is "/$(params.a)"; expected a path without variables, because Tekton leaves them as they are; fix: write the path',
  );
});

const ELSEWHERE = 'expected a folder of its own for each workspace; fix: give b another mountPath (mount-path)';
test.each<[what: string, prepare: (task: Task) => void, found: string[]]>([
  ['folders of their own', (task) => task.addWorkspace('b', { mountPath: '/w/b' }), []],
  [
    'the folder of another one',
    (task) => task.addWorkspace('b', { mountPath: '/workspace/a/' }),
    [`chart/task: workspace b at /workspace/a/, where workspace a is mounted; ${ELSEWHERE}`],
  ],
  [
    'the folder of a volume',
    (task) => {
      task.addWorkspace('b', { mountPath: '/v' });
      task.addStep('s', { ...step, volumeMounts: [{ name: 'v', mountPath: '/v/' }] });
    },
    [`chart/task: workspace b at /v, where step s mounts the volume v; ${ELSEWHERE}`],
  ],
  [
    'the folder of a volume of a sidecar',
    (task) => {
      task.addWorkspace('b', { mountPath: '/v' });
      task.addSidecar('s', { ...step, volumeMounts: [{ name: 'v', mountPath: '/v/' }] });
    },
    [],
  ],
])('workspaces have %s', (_what, prepare, found) => {
  const chart = newChart();
  const task = new Task(chart, 'task');
  task.addVolume(Volume.emptyDir('v'));
  task.addWorkspace('a');
  task.addStep('run', step);
  prepare(task);
  expect(problems(chart)).toEqual(found);
});

test('no workspace has the folder of what all steps mount', () => {
  const chart = newChart();
  const task = new Task(chart, 'task', { stepTemplate: { volumeMounts: [{ name: 'v', mountPath: '/workspace/b' }] } });
  task.addVolume(Volume.emptyDir('v'));
  task.addWorkspace('b');
  task.addStep('run', step);
  expect(problems(chart)).toEqual([
    `chart/task: workspace b at /workspace/b, where stepTemplate mounts the volume v; ${ELSEWHERE}`,
  ]);
});

test.each([{}, { emptyDir: {}, secret: {} }, { name: 'b' }, { subPath: 'b' }, { emptyDir: undefined }])(
  'a volume does not come from %j',
  (source) => {
    expect(() => Volume.custom('a', source)).toThrow(
      `Volume a: its source is ${JSON.stringify(source)}; expected one field that says where the volume comes from; fix: leave one field, such as { projected: { … } }`,
    );
  },
);
