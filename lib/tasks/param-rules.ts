import { isVariable, LABEL, LABEL_EXPECTED, refuse } from '../rules/values';

/** What a value may look like. @internal */
export interface ParamRule {
  readonly pattern: RegExp;
  readonly expected: string;
  /** What to do about another value. */
  readonly fix?: string;
  /** Whether it may be empty. */
  readonly optional?: boolean;
  /** Whether a use may leave it to the Task's default, and bind nothing. */
  readonly unbound?: boolean;
  /** What a variable beside other text counts as; the letter "a" where nothing is said. */
  readonly sample?: string;
}

const NAME_AS_LABEL: ParamRule = { pattern: LABEL, expected: LABEL_EXPECTED };

/** The experiment's name stands with it in a label, and has at least a letter and a hash. */
const NAMESPACE: ParamRule = {
  pattern: /^[a-z0-9]([-a-z0-9]{0,48}[a-z0-9])?$/,
  expected:
    'a namespace of at most 50 characters, because iter8 writes it into a label with the name of the experiment',
};

/** Leaves room for the commit. */
const DEPLOYMENT: ParamRule = {
  pattern: /^[a-z0-9]([-a-z0-9]{0,50}[a-z0-9])?$/,
  expected: 'at most 52 lower-case letters, digits and "-", with a letter or digit at both ends',
};

const NAME: ParamRule = {
  pattern: /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/,
  expected: 'the name of an object: lower-case letters, digits, "-" and "."',
};

const HOST = '[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?';
const PORT = '(:[0-9]{1,5})?';

const REPOSITORY: ParamRule = {
  pattern: new RegExp(
    `^(?=.{1,500}$)(https?://|ssh://([A-Za-z0-9][A-Za-z0-9._-]*@)?)${HOST}${PORT}/([A-Za-z0-9._~/+-]|%[0-9A-Fa-f]{2})+$`,
  ),
  expected: 'a URL without a password: https://git.example.com/team/service or ssh://git@git.example.com/team/service',
  fix: 'put user and password in a Secret',
};

const REVISION: ParamRule = {
  pattern: /^(?!.*(\.\.|\/\/))[A-Za-z0-9_]([A-Za-z0-9._/@+-]{0,253}[A-Za-z0-9_+-])?$/,
  expected: 'a branch, a tag or a commit: letters, digits and . _ / @ + -',
};

const PATH: ParamRule = {
  pattern: /^(?!\/|(.*\/)?(\.\.(\/|$)|-))[A-Za-z0-9._/@+-]{1,255}$/,
  expected: 'a path inside the repository: letters, digits and . _ / @ + -',
};

const WEB: ParamRule = {
  pattern: new RegExp(`^(?=.{1,2000}$)https?://${HOST}${PORT}(/[A-Za-z0-9._~!&()*+,;=:@%/?-]*)?$`),
  expected: 'an http or https URL',
};

const SECONDS: ParamRule = {
  pattern: /^(0|[1-9][0-9]{0,8})$/,
  expected: 'whole seconds without leading zeros, at most 999999999',
};

const TARGET = { service: NAME_AS_LABEL, namespace: NAMESPACE };

/**
 * What the steps take for each param of the Tasks. The scripts check the same again, for runs that are given values
 * past the library.
 * @internal
 */
export const PARAMS = {
  build: {
    repository: REPOSITORY,
    revision: { ...REVISION, optional: true },
    image: {
      pattern: /^(?=.{1,255}$)[a-z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?(:[0-9]{1,5})?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)+$/,
      expected: 'an image without tag and digest, such as registry.example.com/team/service',
      fix: 'leave the tag out; every build is tagged with its commit',
    },
    context: PATH,
    dockerfile: PATH,
    'build-args': { pattern: /^(?=.{1,4096}$)[A-Za-z_][A-Za-z0-9_]*=[ -~]*$/, expected: 'NAME=VALUE on one line' },
  },
  experiment: {
    ...TARGET,
    commit: { pattern: /^[0-9a-f]{7,64}$/, expected: 'a commit' },
    'template-path': { ...PATH, optional: true },
    repository: { ...REPOSITORY, optional: true },
    deployment: DEPLOYMENT,
    baseline: { ...NAME, optional: true },
    concurrency: { pattern: /^(queue|cancelOlder|rejectNewer)$/, expected: 'one of Concurrency' },
    'queue-deadline': SECONDS,
    cleanup: { pattern: /^(delete|keep|scaleToZero)$/, expected: 'one of Cleanup' },
    rollout: { pattern: /^(canary|at-once)$/, expected: 'one of Rollout', unbound: true },
  },
  deploy: {
    ...TARGET,
    repository: REPOSITORY,
    commit: { pattern: /^([0-9a-f]{40}|[0-9a-f]{64})$/, expected: 'the whole id of a commit' },
    image: {
      pattern: /^[a-z0-9][A-Za-z0-9._/:-]{0,255}@sha256:[0-9a-f]{64}$/,
      expected: 'an image with its digest: registry.example.com/team/service@sha256:…',
      sample: `sha256:${'0'.repeat(64)}`,
    },
    candidate: NAME_AS_LABEL,
    baseline: { ...NAME, optional: true },
    deployment: DEPLOYMENT,
    path: PATH,
    format: { pattern: /^(kustomize|yaml)$/, expected: 'kustomize or yaml' },
    patch: { ...PATH, optional: true },
    container: { ...NAME_AS_LABEL, optional: true },
    'ready-deadline': SECONDS,
  },
  'deploy-application': {
    repository: REPOSITORY,
    revision: { ...REVISION, optional: true },
    path: PATH,
    namespace: NAME_AS_LABEL,
    host: {
      pattern: /^(?=.{1,253}$)[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/,
      expected: 'a DNS name in lower case, such as bookinfo.example.com',
      optional: true,
    },
    'ready-deadline': SECONDS,
  },
  load: {
    ...TARGET,
    experiment: { ...NAME, optional: true },
    url: WEB,
    host: { pattern: new RegExp(`^(?=.{1,259}$)${HOST}${PORT}$`), expected: 'a DNS name', optional: true },
    'per-second': { pattern: /^[0-9]{1,6}(\.[0-9]{1,3})?$/, expected: 'requests per second' },
    connections: { pattern: /^[1-9][0-9]{0,3}$/, expected: 'a number from 1 to 9999' },
    deadline: SECONDS,
    'experiment-deadline': SECONDS,
    'max-error-rate': {
      pattern: /^(0(\.[0-9]{1,9})?|1(\.0{1,9})?)$/,
      expected: 'a number from 0 to 1',
      optional: true,
    },
  },
  wait: {
    ...TARGET,
    experiment: { ...NAME, optional: true },
    deadline: SECONDS,
    interval: SECONDS,
    'approval-deadline': SECONDS,
    'fail-on': {
      pattern: /^(winner|baseline|inconclusive|aborted|timeout)(,(winner|baseline|inconclusive|aborted|timeout))*$/,
      expected: 'a list of Verdicts',
      optional: true,
    },
  },
  notify: {
    ...TARGET,
    finish: NAME_AS_LABEL,
    build: { ...NAME_AS_LABEL, optional: true },
    format: { pattern: /^(slack|json)$/, expected: 'slack or json' },
    url: { ...WEB, optional: true },
    secret: NAME,
    'secret-key': { pattern: /^[-._a-zA-Z0-9]{1,253}$/, expected: 'the key of a Secret: letters, digits and - _ .' },
    link: {
      pattern: new RegExp(`^(?=.{1,2000}$)https?://${HOST}${PORT}(/[A-Za-z0-9._~!&()*+,;=:@%/?#-]*)?$`),
      expected: 'an http or https URL',
      optional: true,
    },
    deadline: SECONDS,
  },
  housekeeping: {
    ...TARGET,
    'history-limit': { pattern: /^[1-9][0-9]{0,5}$/, expected: 'a whole number of at least 1' },
  },
  previous: { ...TARGET, baseline: { ...NAME, optional: true } },
  override: {
    ...TARGET,
    action: { pattern: /^(rollback|rollforward|pause|resume)$/, expected: 'one of Override' },
    deadline: SECONDS,
  },
} satisfies { readonly [task: string]: { readonly [param: string]: ParamRule } };

/** A variable of a Pipeline, which has at least two parts: `$(params.image)`. */
const VARIABLE = /\$\([a-z]+(\.[\w-]+|\[("[\w.-]+"|'[\w.-]+'|\d+|\*)\])+\)/g;

/** Refuses what a step would refuse, minutes later. @internal */
export function requireParam(path: string, what: string, value: any, rule: ParamRule): string {
  const { pattern, expected, fix = `give ${what} another value`, optional } = rule;
  if (typeof value !== 'string' || !(pattern.test(value) || (optional && value === ''))) {
    refuse(path, what, value, expected, fix);
  }
  return value;
}

/** The same for what is bound to a Task: what a variable stands for is known in the cluster only. @internal */
export function requireBound(path: string, what: string, value: any, rule: ParamRule): string {
  if (typeof value !== 'string' || !isVariable(value)) {
    return requireParam(path, what, value, rule);
  }
  const known = value.replace(VARIABLE, '');
  const fits = known !== value && (known === '' || rule.pattern.test(value.replace(VARIABLE, rule.sample ?? 'a')));
  return fits ? value : requireParam(path, what, value, rule);
}

/** The inputs that the params come from, as people say it in TypeScript. */
const INPUTS = new Map(
  Object.values(PARAMS)
    .flatMap((rules) => Object.keys(rules))
    .map((param) => [param, param.replace(/-[a-z]/g, (end) => end[1].toUpperCase())]),
)
  .set('path', 'manifests')
  .set('template-path', 'experimentTemplate');

/** The params of a Task as they are bound, each of them checked. @internal */
export function requireParams<Params extends { readonly [param: string]: any }>(
  path: string,
  task: keyof typeof PARAMS,
  params: Params,
): Params {
  for (const [param, rule] of Object.entries<ParamRule>(PARAMS[task])) {
    const values = rule.unbound && !(param in params) ? [] : [params[param]].flat();
    for (const value of values) {
      requireBound(path, INPUTS.get(param) ?? param, typeof value === 'number' ? String(value) : value, rule);
    }
  }
  return params;
}

/** A number as the scripts take it: without an exponent. @internal */
export function decimal(path: string, what: string, value: number, digits: number): string {
  const text = value.toFixed(digits).replace(/\.?0+$/, '');
  if (Number(text) !== value) {
    refuse(path, what, value, `at most ${digits} decimals`, `round ${what}`);
  }
  return text;
}
