import { execFile, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

// kubectl keeps for hours which versions of an API there are; a test may have put in other ones.
// Said with each start: jest gives a test a copy of the environment, which no child process sees.
const env = { ...process.env, KUBECACHEDIR: mkdtempSync(join(tmpdir(), 'kubectl-')) };

/** Runs kubectl on the cluster of KUBECONFIG, with a text for its standard input if need be. */
export async function kubectl(args: readonly string[], input?: string): Promise<string> {
  if (input === undefined) {
    return (await execute('kubectl', [...args], { env, maxBuffer: 64 << 20 })).stdout;
  }
  return new Promise((resolve, reject) => {
    const child = spawn('kubectl', [...args], { env });
    let out = '';
    let error = '';
    child.stdout.on('data', (data) => {
      out += data;
    });
    child.stderr.on('data', (data) => {
      error += data;
    });
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve(out) : reject(new Error(`kubectl ${args.join(' ')}: ${error}`))));
    child.stdin.end(input);
  });
}

/** An object, or undefined where there is none. */
export async function find(namespace: string, kind: string, name: string): Promise<any> {
  const text = await kubectl(['-n', namespace, 'get', kind, name, '--ignore-not-found', '-o', 'json']);
  return text.trim() === '' ? undefined : JSON.parse(text);
}

export async function list(namespace: string, kind: string, selector?: string): Promise<any[]> {
  const args = ['-n', namespace, 'get', kind, '-o', 'json', ...(selector ? ['-l', selector] : [])];
  return JSON.parse(await kubectl(args)).items;
}

/** Waits until a question has an answer; past the deadline it fails with the state of the namespace. */
export async function eventually<Answer>(
  what: string,
  namespace: string,
  seconds: number,
  ask: () => Promise<Answer | undefined>,
): Promise<Answer> {
  const until = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) {
      return answer;
    }
    if (Date.now() > until) {
      throw new Error(`${what}: not within ${seconds} seconds\n${await stateOf(namespace)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** What a person would look at first. */
export async function stateOf(namespace: string): Promise<string> {
  const kinds = 'pipelineruns,taskruns,experiments,virtualservices,destinationrules,deployments,pods,leases';
  const show = async (args: string[]) => kubectl(args).catch((error) => `${error.message}\n`);
  const objects = await show(['-n', namespace, 'get', kinds, '-o', 'wide']);
  const routing = await show([
    '-n',
    namespace,
    'get',
    'experiments,virtualservices,destinationrules,leases',
    '-o',
    'yaml',
  ]);
  return [objects, routing].join('\n');
}
