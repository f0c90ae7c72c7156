import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { script } from '../../lib/tasks/script';

const FOLDER = join(__dirname, '../../lib/tasks/scripts');
const ALL = readdirSync(FOLDER);
/** Those that a step runs; the others are included by them. */
const STEPS = ALL.filter((name) => readFileSync(join(FOLDER, name), 'utf8').startsWith('#!'));

function has(program: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

test('every step has one script', () => {
  expect(STEPS).toEqual([
    'apply-application.sh',
    'apply.sh',
    'clone.sh',
    'create-experiment.sh',
    'fetch-application.sh',
    'fetch-template.sh',
    'fetch.sh',
    'generate-load.sh',
    'housekeeping.sh',
    'kustomize.sh',
    'log-deployment.sh',
    'modify-patch.sh',
    'notify.sh',
    'override.sh',
    'previous.sh',
    'wait.sh',
  ]);
});

(has('shellcheck') ? test : test.skip).each(STEPS)('shellcheck finds nothing in %s and in what it includes', (name) => {
  // SC2016 means variables in single quotes, of which there are many in programs for awk and kubectl.
  const args = ['-x', '-a', '-S', 'warning', '-e', 'SC2016', name];
  expect(execFileSync('sh', ['-c', 'shellcheck "$@" || :', 'sh', ...args], { cwd: FOLDER, encoding: 'utf8' })).toBe('');
});

const shells = [
  ['dash', '-n'],
  ['busybox', 'sh', '-n'],
  ['bash', '--posix', '-n'],
].filter(([shell]) => has(shell));

test.each(shells.flatMap((shell) => STEPS.map((name) => [shell.join(' '), name])))('%s reads %s', (shell, name) => {
  const [program, ...args] = shell.split(' ');
  expect(() => execFileSync(program, args, { input: script(name) })).not.toThrow();
});

test.each(ALL)('%s runs no text that it was given', (name) => {
  const text = readFileSync(join(FOLDER, name), 'utf8').replace(/^\s*#.*$/gm, '');
  expect(text).not.toMatch(/(^|[^-\w])eval\s/m);
  expect(text).not.toMatch(/\b(sh|bash) -c\b/);
  expect(text).not.toMatch(/`/);
});

test.each(ALL)('%s ends where the API server refuses to tell a value', (name) => {
  const text = readFileSync(join(FOLDER, name), 'utf8');
  for (const { index } of text.matchAll(/=\$\(kube /g)) {
    let depth = 0;
    let end = index + 2;
    do {
      depth += text[end] === '(' ? 1 : text[end] === ')' ? -1 : 0;
      end += 1;
    } while (depth > 0);
    expect(text.slice(end - 1, end + 3)).toBe(') ||');
  }
});

test('nowhere else does a step go on after a refusal', () => {
  // What fails in a subshell has to be forgotten there; common.sh does so at the end of every step.
  const forgets = ALL.filter((name) => readFileSync(join(FOLDER, name), 'utf8').includes('rm -f "$told"'));
  expect(forgets).toEqual(['common.sh', 'conclude.sh', 'generate-load.sh', 'pipeline-run.sh']);
});
