import { Duration, JsonPatch } from 'cdk8s';
import { EnvValue, Secret } from 'cdk8s-plus-25';
import { OnError, ResultType, Task, Volume } from '../../lib';
import { manifest, newChart, problems } from '../support/synth';

test('a Task is written with all that was added to it, sorted by name where the order means nothing', () => {
  const chart = newChart();
  const task = new Task(chart, 'build', {
    description: 'Builds.',
    metadata: { labels: { team: 'a' } },
    stepTemplate: { env: { HOME: '/tekton/home' }, securityContext: { runAsNonRoot: true } },
  });
  const url = task.addParam('url', { description: 'Where' });
  const flags = task.addArrayParam('flags', { defaultValue: ['-v'] });
  const image = task.addObjectParam('image', { keys: ['name', 'tag'], defaultValue: { name: 'a', tag: 'b' } });
  const level = task.addParam('level', { defaultValue: 'low', allowedValues: ['low', 'high'] });
  const digest = task.addResult('digest', { description: 'Digest' });
  const source = task.addWorkspace('source', { readOnly: true, optional: true, mountPath: '/source' });
  task.addVolume(Volume.secret('key', 'key-secret'));
  task.addVolume(Volume.emptyDir('cache'));
  const first = task.addStep('first', {
    image: 'example.com/tools:1',
    script: '#!/bin/sh\necho',
    env: { URL: url.ref, LEVEL: level.ref, FOLDER: source.path, BOUND: source.bound },
    envValues: {
      PASSWORD: EnvValue.fromSecretValue({ secret: Secret.fromSecretName(chart, 's', 'login'), key: 'password' }),
    },
    results: { list: ResultType.ARRAY, one: ResultType.STRING },
    volumeMounts: [{ name: 'cache', mountPath: '/cache', readOnly: true, subPath: 'a' }],
    timeout: Duration.minutes(2),
    onError: OnError.CONTINUE,
  });
  task.addStep('second', {
    image: 'example.com/tools:1',
    command: ['build'],
    args: [flags.ref, flags.at(0), image.key('name'), first.result('list'), first.result('one'), digest.path],
    computeResources: { requests: { cpu: '1' }, limits: { memory: '1Gi' } },
    imagePullPolicy: 'Always',
    workingDir: '/source',
  });
  task.addSidecar('proxy', { image: 'example.com/proxy:1', ports: [80], readinessProbe: { port: 80, path: '/ready' } });

  expect(manifest(chart, 'Task')).toEqual({
    apiVersion: 'tekton.dev/v1',
    kind: 'Task',
    metadata: { name: 'build', namespace: 'team', labels: { team: 'a' } },
    spec: {
      description: 'Builds.',
      params: [
        { name: 'flags', type: 'array', default: ['-v'] },
        {
          name: 'image',
          type: 'object',
          default: { name: 'a', tag: 'b' },
          properties: { name: { type: 'string' }, tag: { type: 'string' } },
        },
        { name: 'level', type: 'string', default: 'low', enum: ['low', 'high'] },
        { name: 'url', type: 'string', description: 'Where' },
      ],
      results: [{ name: 'digest', type: 'string', description: 'Digest' }],
      workspaces: [{ name: 'source', readOnly: true, optional: true, mountPath: '/source' }],
      volumes: [
        { name: 'cache', emptyDir: {} },
        { name: 'key', secret: { secretName: 'key-secret' } },
      ],
      stepTemplate: { env: [{ name: 'HOME', value: '/tekton/home' }], securityContext: { runAsNonRoot: true } },
      sidecars: [
        {
          name: 'proxy',
          image: 'example.com/proxy:1',
          ports: [{ containerPort: 80 }],
          readinessProbe: { httpGet: { port: 80, path: '/ready' }, periodSeconds: 1 },
        },
      ],
      steps: [
        {
          name: 'first',
          image: 'example.com/tools:1',
          script: '#!/bin/sh\necho',
          env: [
            { name: 'URL', value: '$(params.url)' },
            { name: 'LEVEL', value: '$(params.level)' },
            { name: 'FOLDER', value: '$(workspaces.source.path)' },
            { name: 'BOUND', value: '$(workspaces.source.bound)' },
            { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'login', key: 'password' } } },
          ],
          results: [
            { name: 'list', type: 'array' },
            { name: 'one', type: 'string' },
          ],
          volumeMounts: [{ name: 'cache', mountPath: '/cache', readOnly: true, subPath: 'a' }],
          timeout: '2m',
          onError: 'continue',
        },
        {
          name: 'second',
          image: 'example.com/tools:1',
          command: ['build'],
          args: [
            '$(params.flags[*])',
            '$(params.flags[0])',
            '$(params.image.name)',
            '$(steps.first.results.list[*])',
            '$(steps.first.results.one)',
            '$(results.digest.path)',
          ],
          computeResources: { requests: { cpu: '1' }, limits: { memory: '1Gi' } },
          imagePullPolicy: 'Always',
          workingDir: '/source',
        },
      ],
    },
  });
});

test('a param with a dot in its name is written in brackets', () => {
  const task = new Task(newChart(), 'task');
  expect(task.addParam('git.url').ref).toBe('$(params["git.url"])');
  expect(task.addArrayParam('git.flags').ref).toBe('$(params["git.flags"][*])');
});

test('volumes of every kind', () => {
  const volumes = [
    Volume.emptyDir('a'),
    Volume.configMap('b', 'map'),
    Volume.persistentVolumeClaim('c', 'claim'),
    Volume.custom('d', { csi: { driver: 'x' } }),
  ];
  expect(volumes.map((volume) => volume._render())).toEqual([
    { name: 'a', emptyDir: {} },
    { name: 'b', configMap: { name: 'map' } },
    { name: 'c', persistentVolumeClaim: { claimName: 'claim' } },
    { name: 'd', csi: { driver: 'x' } },
  ]);
});

test('JSON patches reach fields that the library does not know', () => {
  const chart = newChart();
  const task = new Task(chart, 'task');
  task.addStep('run', { image: 'example.com/tools:1' });
  task.apiObject.addJsonPatch(JsonPatch.add('/spec/steps/0/fromTheFuture', { a: [1] }));
  expect(manifest(chart, 'Task').spec.steps[0].fromTheFuture).toEqual({ a: [1] });
});

test('the order of declarations does not matter', () => {
  const build = (names: string[]) => {
    const chart = newChart();
    const task = new Task(chart, 'task');
    for (const name of names) {
      task.addParam(name, { defaultValue: '' });
      task.addResult(name);
      task.addWorkspace(name);
      task.addVolume(Volume.emptyDir(name));
    }
    task.addStep('run', { image: 'example.com/tools:1' });
    return JSON.stringify(manifest(chart, 'Task'));
  };
  expect(build(['c', 'a', 'b'])).toBe(build(['a', 'b', 'c']));
});

test('a Task knows results of steps, and nothing that is not there', () => {
  const chart = newChart();
  const task = new Task(chart, 'task');
  const step = task.addStep('one', { image: 'example.com/tools:1', results: { url: ResultType.STRING } });
  task.addStep('two', {
    image: 'example.com/tools:1',
    env: { URL: step.result('ulr'), CODE: '$(steps.step-one.exitCode.path)' },
  });
  expect(problems(chart)).toEqual([
    'chart/task: env URL of step two uses $(steps.one.results.ulr), but there is no result "ulr" of step one; expected one of the results of step one: url; fix: did you mean "url"? (undefined-reference)',
  ]);
});

test('results that are objects, or come from a step', () => {
  const chart = newChart();
  const task = new Task(chart, 'task');
  const step = task.addStep('run', { image: 'a', results: { list: ResultType.ARRAY, one: ResultType.STRING } });
  const map = task.addObjectResult('map', { keys: ['uri', 'digest'], description: 'Map' });
  task.addResult('list', { type: ResultType.ARRAY, value: step.result('list') });
  task.addResult('one', { value: step.result('one') });
  expect(map.path).toBe('$(results.map.path)');
  expect(manifest(chart, 'Task').spec.results).toEqual([
    { name: 'list', type: 'array', value: '$(steps.run.results.list)' },
    {
      name: 'map',
      type: 'object',
      description: 'Map',
      properties: { uri: { type: 'string' }, digest: { type: 'string' } },
    },
    { name: 'one', type: 'string', value: '$(steps.run.results.one)' },
  ]);
});

test.each(['abc', '', '$(params.p)', 'x $(steps.run.results.one)', '$(steps.run.results.list[0])', '$(steps.run)'])(
  'a result does not take its value from %j',
  (value) => {
    expect(() => new Task(newChart(), 'task').addResult('out', { value })).toThrow(
      `chart/task: the value of result out is "${value}"; expected the variable for a result of a step; fix: take the step's result(), or have a step write the value to the result's path`,
    );
  },
);

test('what handles of params can not give', () => {
  const task = new Task(newChart(), 'task');
  const list = task.addArrayParam('list');
  const map = task.addObjectParam('map', { keys: ['a', 'b'], defaultValue: { a: '' } });
  for (const index of [-1, 1.5, Number.NaN]) {
    expect(() => list.at(index)).toThrow(`param list: the index of an element is ${index}; expected a`);
  }
  expect(() => map.key('c')).toThrow('param map: the key is "c"; expected one of a, b; fix: give the key one of them');
  expect(() => task.addObjectParam('none', { keys: [] })).toThrow(
    'chart/task/none: keys is []; expected at least one key; fix: name the keys of the object',
  );
  expect(() => task.addObjectParam('more', { keys: ['a'], defaultValue: { a: '', c: '' } })).toThrow(
    'chart/task/more: a key of defaultValue is "c"; expected one of a',
  );
  expect(() => task.addObjectResult('none', { keys: [] })).toThrow('chart/task/none: keys is []');
  expect(() => task.addParam('one', { allowedValues: ['a', 'a'] })).toThrow(
    'chart/task/one: allowedValues is ["a","a"]; expected different values, at least one',
  );
  expect(() => task.addParam('one', { allowedValues: [] })).toThrow('chart/task/one: allowedValues is []');
  expect(() => task.addParam('one', { allowedValues: ['a'], defaultValue: 'b' })).toThrow(
    'chart/task/one: defaultValue is "b"; expected one of a',
  );
});
