import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Duration } from 'cdk8s';
import * as fc from 'fast-check';
import {
  BuildTask,
  Criterion,
  DeployApplicationTask,
  DeployTask,
  ExperimentTask,
  LoadProfile,
  LoadTask,
  Manifests,
  OverrideTask,
  Pipeline,
  PreviousTask,
  WaitTask,
} from '../../lib';
import { PARAMS, type ParamRule, requireBound } from '../../lib/tasks/param-rules';
import { HOSTILE } from '../support/hostile-values';
import { newChart } from '../support/synth';

const SCRIPTS = join(__dirname, '../../lib/tasks/scripts');
const STEPS: Record<keyof typeof PARAMS, string[]> = {
  build: ['clone.sh'],
  experiment: ['fetch-template.sh', 'create-experiment.sh'],
  deploy: ['fetch.sh', 'modify-patch.sh', 'apply.sh'],
  'deploy-application': ['fetch-application.sh'],
  load: ['generate-load.sh'],
  wait: ['wait.sh'],
  notify: ['notify.sh'],
  override: ['override.sh'],
  previous: ['previous.sh'],
  housekeeping: ['housekeeping.sh'],
};
/** Set by the constructs, and by nobody else. */
const OURS = ['run', 'pipeline-run', 'mode', 'mesh', 'pipeline'];

interface Check {
  readonly param: string;
  readonly variable: string;
  /** As it stands in the script. */
  readonly command: string;
}

function checksOf(step: string): Check[] {
  const text = readFileSync(join(SCRIPTS, step), 'utf8').replace(/\\\n\s*/g, ' ');
  const constants = (text.match(/^[a-z]+='.*'$/gm) ?? []).join('\n');
  const checks = /^\s*((?:\[ -z "\$\w+" \] \|\| )?(?:optional )?check\w*(?: ([a-z][a-z-]*))? "\$(\w+)".*)$/gm;
  return [...text.matchAll(checks)].map(([, command, param, variable]) => ({
    command: `${constants}\n${command}`,
    variable,
    param: param ?? variable.toLowerCase(),
  }));
}

/** The values that a check of a script refuses, as the shell runs it. */
function refused({ variable, command }: Check, values: readonly string[]): string[] {
  const program = `. "${SCRIPTS}/common.sh"; . "${SCRIPTS}/git.sh"
    while IFS= read -r ${variable}; do (${command}) >/dev/null 2>&1 || printf '%s\\n' "$${variable}"; done`;
  const input = values.map((value) => `${value}\n`).join('');
  return execFileSync('sh', ['-euc', program], { input, encoding: 'utf8' }).split('\n').slice(0, -1);
}

/** A pattern without what looks ahead, which fast-check can't make texts for. */
function withoutAssertions(pattern: RegExp): RegExp {
  const start = pattern.source.search(/\(\?[!=]/);
  if (start < 0) {
    return pattern;
  }
  let depth = 0;
  let end = start;
  do {
    depth += pattern.source[end] === '(' ? 1 : pattern.source[end] === ')' ? -1 : 0;
    end += pattern.source[end] === '\\' ? 2 : 1;
  } while (depth > 0);
  return withoutAssertions(new RegExp(pattern.source.slice(0, start) + pattern.source.slice(end)));
}

function allowed({ pattern, optional }: ParamRule): string[] {
  const some = fc.sample(fc.stringMatching(withoutAssertions(pattern)), { numRuns: 15, seed: 1 });
  return [...(optional ? [''] : []), ...[...some, ...HOSTILE].filter((value) => pattern.test(value))];
}

const CHECKS = Object.entries(STEPS).flatMap(([task, steps]) =>
  steps.flatMap(checksOf).map((check) => ({ task: task as keyof typeof PARAMS, ...check })),
);

test('what the scripts check is known here', () => {
  const unknown = CHECKS.filter(({ task, param }) => !OURS.includes(param) && !(param in PARAMS[task]));
  expect(unknown).toEqual([]);
  expect(CHECKS.length).toBeGreaterThan(35);
});

test.each(CHECKS.filter(({ param }) => !OURS.includes(param)))(
  '$task $param: what synth accepts the script accepts',
  ({ task, param, ...check }) => {
    const rules: { readonly [name: string]: ParamRule } = PARAMS[task];
    const values = allowed(rules[param]);
    expect(values.length).toBeGreaterThan(1);
    expect(refused({ param, ...check }, values)).toEqual([]);
  },
);

test.each(
  Object.entries(PARAMS).flatMap(([task, rules]) =>
    Object.entries<ParamRule>(rules).map(([param, rule]) => ({ task, param, rule })),
  ),
)('$task $param: what is no value for it is refused', ({ rule: { pattern } }) => {
  for (const value of ['a\n', '\na', 'a b\tc', '"', '$(params.x', '`x`', 'ä']) {
    expect([value, pattern.test(value)]).toEqual([value, false]);
  }
});

/** Whole numbers: the shell reads one that begins with a zero as octal. */
const NUMBERS = Object.entries(PARAMS).flatMap(([task, rules]) =>
  Object.entries<ParamRule>(rules)
    .filter(([, { pattern }]) => pattern.test('600') && !pattern.test('0.5') && !pattern.test('a'))
    .map(([param, rule]) => ({ task: task as keyof typeof PARAMS, param, rule })),
);

test.each(NUMBERS)('$task $param: one with a leading zero is refused, by synth and by the script', (number) => {
  const { task, param, rule } = number;
  const values = ['00', '007', '08', '0600'];
  expect(values.filter((value) => rule.pattern.test(value))).toEqual([]);
  expect(() => requireBound('a', param, '0600', rule)).toThrow(
    `a: ${param} is "0600"; expected ${rule.expected}; fix: `,
  );
  const checks = CHECKS.filter((check) => check.task === task && check.param === param);
  expect(checks.map((check) => refused(check, values))).toEqual([values]);
});

test('the whole numbers are among them', () => {
  expect(NUMBERS.map(({ param }) => param)).toEqual(
    expect.arrayContaining(['queue-deadline', 'ready-deadline', 'connections', 'interval', 'history-limit']),
  );
});

test('rates are written as the script reads them', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.integer({ min: 1, max: 10 ** 8 }).map((n) => n / 1000),
        fc.double(),
      ),
      (perSecond) => {
        let text: string;
        try {
          text = LoadProfile.constantRate({ host: 'a', perSecond })._params('x', { service: 's', namespace: 'n' })[
            'per-second'
          ];
        } catch (error) {
          expect((error as Error).message).toContain('LoadProfile.constantRate: perSecond is ');
          return;
        }
        expect(text).toMatch(PARAMS.load['per-second'].pattern);
        expect(Number(text)).toBe(perSecond);
      },
    ),
  );
});

const service = { service: 'reviews', namespace: 'bookinfo' };
const USES = {
  build: { repository: 'https://git.example.com/a', image: 'example.com/a' },
  experiment: {
    ...service,
    commit: '$(tasks.build.results.commit)',
    options: { criteria: [Criterion.errorRate({ below: 0 })] },
  },
  deploy: {
    ...service,
    repository: 'https://git.example.com/a',
    commit: '$(params.commit)',
    image: '$(params.image)',
    candidate: '$(params.candidate)',
    baseline: '',
  },
  'deploy-application': { repository: 'https://git.example.com/a', manifests: 'app', namespace: 'bookinfo' },
  load: {
    ...service,
    load: LoadProfile.constantRate({ host: 'a', perSecond: 1 }),
    experiment: '$(params.experiment)',
    experimentUid: '',
  },
  wait: service,
  override: { ...service, action: 'rollback', name: 'override' },
  previous: service,
};
const CLASSES = {
  build: BuildTask,
  experiment: ExperimentTask,
  deploy: DeployTask,
  'deploy-application': DeployApplicationTask,
  load: LoadTask,
  wait: WaitTask,
  override: OverrideTask,
  previous: PreviousTask,
};

function add(task: keyof typeof CLASSES, change: object = {}): Record<string, any> {
  const chart = newChart('bookinfo');
  const inputs: any = { ...USES[task], ...change };
  const { params = [] } = new CLASSES[task](chart, 'task').addTo(new Pipeline(chart, 'own'), inputs)._render();
  return Object.fromEntries(params.map(({ name, value }: any) => [name, value]));
}

test.each<[keyof typeof CLASSES, object, string]>([
  ['build', { repository: 'ftp://"x' }, 'repository is "ftp://\\"x"; expected a URL'],
  ['build', { image: 'a:1' }, 'image is "a:1"; expected an image without tag and digest'],
  ['build', { image: `a/${'b'.repeat(254)}` }, 'image is "a/bbb'],
  ['build', { context: '../..' }, 'context is "../.."; expected a path inside the repository'],
  ['build', { dockerfile: '-x' }, 'dockerfile is "-x"; expected a path inside the repository'],
  ['build', { revision: '; rm' }, 'revision is "; rm"; expected a branch, a tag or a commit'],
  ['build', { revision: 'HEAD~1' }, 'revision is "HEAD~1"'],
  ['build', { buildArgs: { '': 'a' } }, 'buildArgs is "=a"; expected NAME=VALUE on one line'],
  ['build', { buildArgs: { 'A B': 'a' } }, 'buildArgs is "A B=a"'],
  ['build', { buildArgs: { 'A-B': 'a' } }, 'buildArgs is "A-B=a"'],
  ['build', { buildArgs: { A: 'a\nb' } }, 'buildArgs is "A=a\\nb"'],
  ['build', { buildArgs: { A: 'ä' } }, 'buildArgs is "A=ä"'],
  [
    'build',
    { buildArgs: { A: undefined } },
    'buildArgs A is undefined; expected a text; fix: give A a text, or leave it out',
  ],
  ['experiment', { service: 'A B' }, 'service is "A B"; expected at most 63 lower-case letters'],
  ['experiment', { namespace: '' }, 'namespace is ""; expected a namespace of at most 50 characters'],
  ['experiment', { namespace: 'n'.repeat(51) }, 'expected a namespace of at most 50 characters, because iter8'],
  ['experiment', { commit: 'main' }, 'commit is "main"; expected a commit'],
  ['experiment', { deployment: 'd'.repeat(53) }, 'expected at most 52 lower-case letters'],
  ['experiment', { baseline: 'A' }, 'baseline is "A"; expected the name of an object'],
  ['experiment', { concurrency: 'all' }, 'concurrency is "all"; expected one of Concurrency'],
  ['experiment', { cleanup: true }, 'cleanup is true; expected one of Cleanup'],
  [
    'experiment',
    { options: { criteria: [Criterion.errorRate({ below: 0 })], cleanup: true } },
    "cleanup of options is true; expected none, because iter8 would delete versions that still have traffic; fix: remove it; the task's own cleanup says what happens to the version that lost",
  ],
  [
    'experiment',
    { options: { cleanup: true }, experimentTemplate: 'iter8/experiment.yaml' },
    'cleanup of options is true',
  ],
  ['deploy', { service: 'A B' }, 'service is "A B"'],
  ['deploy', { candidate: 'C C' }, 'candidate is "C C"'],
  ['deploy', { image: 'example.com/a:1' }, 'image is "example.com/a:1"; expected an image with its digest'],
  ['deploy', { commit: 'abcdef0' }, 'commit is "abcdef0"; expected the whole id of a commit'],
  ['deploy', { manifests: 'kustomize' }, 'manifests is "kustomize"; expected one of Manifests; fix: give Manifests.'],
  ['deploy', { container: 'a_b' }, 'container is "a_b"'],
  ['deploy-application', { manifests: '../x' }, 'manifests is "../x"; expected a path inside the repository'],
  ['deploy-application', { namespace: undefined }, 'namespace is undefined; expected at most 63 lower-case letters'],
  ['deploy-application', { host: 'Book.example.com' }, 'host is "Book.example.com"; expected a DNS name in lower case'],
  ['deploy-application', { host: '*.example.com' }, 'host is "*.example.com"'],
  [
    'deploy-application',
    { readyDeadline: Duration.days(100000) },
    'readyDeadline is "8640000000"; expected whole seconds',
  ],
  ['load', { experiment: 'A' }, 'experiment is "A"'],
  ['load', { namespace: undefined }, 'namespace is undefined'],
  ['wait', { service: undefined }, 'service is undefined'],
  ['wait', { failOn: ['lost'] }, 'failOn is "lost"; expected a list of Verdicts'],
  ['wait', { approvalDeadline: '1h' }, 'approvalDeadline is "1h"; expected a Duration'],
  ['experiment', { rollout: 'now' }, 'rollout is "now"; expected one of Rollout'],
  ['previous', { baseline: 'A' }, 'baseline is "A"; expected the name of an object'],
  ['override', { action: 'undo' }, 'action is "undo"; expected one of Override'],
  ['override', { namespace: '' }, 'namespace is ""; expected a namespace of at most 50 characters'],
  ...['$(params)', '$(params.x', '$(reboot)', '$(params.x) ; rm', '$(params.x)..', '$( params.x )'].map(
    (repository): [keyof typeof CLASSES, object, string] => [
      'build',
      { repository },
      `repository is ${JSON.stringify(repository)}`,
    ],
  ),
  ['deploy', { image: '$(params.a):$(params.b) x' }, 'image is "$(params.a):$(params.b) x"'],
])('%s with %j is refused', (task, change, message) => {
  expect(() => add(task, change)).toThrow(`chart/own/${task}: `);
  expect(() => add(task, change)).toThrow(message);
});

test.each<[keyof typeof CLASSES, object]>([
  ['build', { repository: '$(params.repository)', image: '$(params["a.b"])', revision: '$(params.list[0])' }],
  ['build', { repository: 'https://$(params.host)/$(params.team)/a', image: '$(params.registry)/a' }],
  ['build', { context: 'services/$(params.name)', buildArgs: { A: 'x $(params.a)' } }],
  ['experiment', { service: '$(params.service)', deployment: `$(params.${'long'.repeat(20)})` }],
  ['deploy', { image: '$(tasks.build.results.IMAGE_URL)@$(tasks.build.results.IMAGE_DIGEST)' }],
  ['deploy', { image: `$(params.image)@sha256:${'0'.repeat(64)}` }],
  ['deploy', { image: 'example.com/a@$(params.digest)' }],
  ['deploy-application', { host: 'bookinfo.$(params.domain)', namespace: '$(context.pipelineRun.namespace)' }],
  ['deploy', { manifests: Manifests.kustomizePatch('services/$(params.name)', '$(params.patch)') }],
  ['deploy', { manifests: Manifests.yaml('$(params.folder)') }],
  ['wait', { namespace: '$(context.pipelineRun.namespace)' }],
])('%s takes the variables in %j', (task, change) => {
  expect(() => add(task, change)).not.toThrow();
});

test.each<[string, () => Manifests, string]>([
  ['kustomize', () => Manifests.kustomize('/etc'), 'Manifests.kustomize: directory is "/etc"'],
  ['kustomizePatch', () => Manifests.kustomizePatch('../a', 'p'), 'Manifests.kustomizePatch: directory is "../a"'],
  ['kustomizePatch', () => Manifests.kustomizePatch('a', ''), 'Manifests.kustomizePatch: patchFile is ""'],
  ['kustomizePatch', () => Manifests.kustomizePatch('a', '../p'), 'Manifests.kustomizePatch: patchFile is "../p"'],
  ['yaml', () => Manifests.yaml('-f'), 'Manifests.yaml: path is "-f"'],
])('Manifests.%s refuses a path outside of the repository', (_, make, message) => {
  expect(make).toThrow(`${message}; expected a path inside the repository`);
});

test('Manifests become params', () => {
  expect(add('deploy')).toMatchObject({ path: 'kustomize', format: 'kustomize', patch: '' });
  expect(add('deploy', { manifests: Manifests.kustomizePatch('k', 'p.yaml') })).toMatchObject({
    path: 'k',
    format: 'kustomize',
    patch: 'p.yaml',
  });
  expect(add('deploy', { manifests: Manifests.yaml('k') })).toMatchObject({ path: 'k', format: 'yaml', patch: '' });
});

test('build args come in the order of their names, and verdicts in that of the enum', () => {
  expect(add('build', { buildArgs: { B: '2', A: '1', _: '3' } })['build-args']).toEqual(['A=1', 'B=2', '_=3']);
  expect(add('wait', { failOn: ['timeout', 'baseline', 'timeout'] })['fail-on']).toBe('baseline,timeout');
});

test('the longest names that synth allows fit together', () => {
  expect(
    add('experiment', { namespace: 'n'.repeat(50), service: 's'.repeat(63), deployment: 'd'.repeat(52) }),
  ).toMatchObject({
    namespace: 'n'.repeat(50),
  });
});

test('error rates are written without an exponent', () => {
  expect(add('load', { maxErrorRate: 1e-7 })['max-error-rate']).toBe('0.0000001');
  expect(add('load', { maxErrorRate: 1 })['max-error-rate']).toBe('1');
  expect(() => add('load', { maxErrorRate: 1e-10 })).toThrow(
    'chart/own/load: maxErrorRate is 1e-10; expected at most 9 decimals; fix: round maxErrorRate',
  );
});
