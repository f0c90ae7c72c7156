import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from '../kubernetes/cluster';

/** What a container may say at its end, less what Tekton says there itself. */
const MOST_OF_RESULTS = 3800;

/** How a Task ended. */
export interface TaskOutcome {
  readonly status: 'Succeeded' | 'Failed' | 'None';
  /** Why, where that is more than the status. */
  readonly reason?: string;
  readonly results: Record<string, string>;
  /** What its steps wrote, both outputs together. */
  readonly log: string;
  /** What is in the folder that its steps began in. */
  readonly files: string[];
}

/** Values that a Tekton variable stands for. */
export type Variables = (reference: string) => string | string[] | undefined;

/** Puts values in place of Tekton variables; one that stands alone may become several items of a list. */
export function substitute(text: string, variables: Variables): string | string[] {
  const whole = text.match(/^\$\(([^()]+)\)$/);
  const value = whole ? variables(whole[1]) : undefined;
  if (value !== undefined) {
    return value;
  }
  return text.replace(/\$\(([^()]+)\)/g, (variable, reference) => {
    const found = variables(reference);
    return found === undefined ? variable : String(found);
  });
}

/** What runs scripts: Debian's shell, with the programs of this machine; or BusyBox, which is what the image has. */
export type Shell = 'dash' | 'busybox';

/** Those that this machine has; the first is what tests run where they don't say. */
export const SHELLS = (['busybox', 'dash'] as const).filter((name) => !spawnSync(name, ['true']).error);

/** What the kubelet does to values of variables and arguments: `$(NAME)` is a variable, `$$` is `$`. */
function expand(text: string, env: Record<string, string>): string {
  return text.replace(/\$\$|\$\(([A-Za-z_.-][A-Za-z0-9_.-]*)\)/g, (whole, name) => {
    return whole === '$$' ? '$' : (env[name] ?? whole);
  });
}

/**
 * Runs the steps of a Task on this machine, as Tekton would in a pod: the scripts of its manifest under a real shell, with
 * the values of its params in the environment.
 */
export class TaskRunner {
  private serial = 0;
  private readonly processes = new Set<ChildProcess>();

  /** @param accounts the service account of each Task; one that has none may do everything */
  public constructor(
    private readonly cluster: Cluster,
    private readonly shell: Shell = SHELLS[0],
    private readonly accounts: Record<string, string | undefined> = {},
  ) {}

  /** The command that runs a script. */
  private get command(): string[] {
    if (this.shell === 'dash') {
      return ['dash'];
    }
    // BusyBox takes its own programs before those in PATH; functions come before both.
    const { folder } = this.cluster.clock;
    const functions = ['sleep', 'date'].map((name) => `${name}() { '${join(folder, name)}' "$@"; }`);
    return ['busybox', 'sh', '-c', `${functions.join('\n')}\n. "$0"`];
  }

  /** Runs a Task. Steps that have no script are done by `instead`. */
  public async run(
    task: any,
    params: Record<string, string | string[]>,
    instead?: (step: any, results: string) => void,
    environment: Record<string, string> = {},
  ): Promise<TaskOutcome> {
    const { metadata, spec } = task;
    this.serial += 1;
    const pod = mkdtempSync(join(this.cluster.folder, `${metadata.name}-${this.serial}-`));
    const results = join(pod, 'results');
    const folder = (name: string) => {
      mkdirSync(join(pod, name), { recursive: true });
      return join(pod, name);
    };
    folder('results');
    const values: Record<string, any> = { ...params };
    for (const { name, default: otherwise } of spec.params ?? []) {
      values[name] ??= otherwise;
      if (values[name] === undefined) {
        throw new Error(`Task ${metadata.name}: no value for param ${name}`);
      }
    }
    const account = this.accounts[metadata.name];
    const as: Record<string, string> =
      account === undefined ? {} : { KUBECONFIG: this.kubeconfigOf(account, folder('scripts')) };
    let log = '';
    let status: TaskOutcome['status'] = 'Succeeded';
    for (const step of spec.steps) {
      const variables = (reference: string) => {
        const [root, name] = reference.replace('[*]', '').split('.');
        switch (root) {
          case 'params':
            return values[name];
          case 'results':
            return join(results, name);
          case 'step':
            return join(folder(`step-${step.name}`), reference.split('.')[2]);
          case 'credentials':
            return folder('credentials');
          case 'workspaces':
            return '';
          default:
            return undefined;
        }
      };
      if (step.script === undefined) {
        instead?.(step, results);
        continue;
      }
      const place = (text: string) => text.replace(/^\/work\b/, folder('work')).replace('/tekton/home', folder('home'));
      const env: Record<string, string> = {};
      for (const { name, value = '', valueFrom } of step.env ?? []) {
        env[name] = valueFrom
          ? this.secret(metadata.namespace, valueFrom.secretKeyRef, variables)
          : expand(place(String(substitute(value, variables))), env);
      }
      const file = join(folder('scripts'), `${step.name}.sh`);
      writeFileSync(file, step.script);
      const args = (step.args ?? [])
        .flatMap((arg: string) => substitute(arg, variables))
        .map((arg: string) => expand(arg, env));
      const [code, text] = await this.execute([file, ...args], { ...env, ...as, ...environment }, pod);
      log += text;
      if (code !== 0 && step.onError !== 'continue') {
        status = 'Failed';
        break;
      }
    }
    return { status, log, files: readdirSync(pod), results: this.read(results, spec.results ?? []) };
  }

  private kubeconfigOf(account: string, folder: string): string {
    const config = JSON.parse(readFileSync(this.cluster.kubeconfig, 'utf8'));
    const { cluster } = config.clusters[0];
    cluster['proxy-url'] = cluster.server.replace('//', `//${account}@`);
    const file = join(folder, 'kubeconfig');
    writeFileSync(file, JSON.stringify(config));
    return file;
  }

  /** Sends a signal to the steps that run, each to its whole process group, as Tekton does. */
  public signal(name: NodeJS.Signals): void {
    for (const { pid } of this.processes) {
      process.kill(-(pid as number), name);
    }
  }

  /** The value of a key of a Secret; empty where it is optional and there is none. */
  private secret(namespace: string, { name, key, optional }: any, variables: Variables): string {
    const [secret, member] = [name, key].map((text) => String(substitute(text, variables)));
    const value = this.cluster.find('Secret', namespace, secret)?.data?.[member];
    if (value === undefined && !optional) {
      throw new Error(`no key ${member} in Secret ${secret}`);
    }
    return Buffer.from(value ?? '', 'base64').toString();
  }

  private read(folder: string, declared: readonly { name: string }[]): Record<string, string> {
    const found: Record<string, string> = {};
    for (const { name } of declared) {
      try {
        found[name] = readFileSync(join(folder, name), 'utf8');
      } catch {
        // A result that no step wrote.
      }
    }
    const text = JSON.stringify(Object.entries(found)).replace(/[<>&\u2028\u2029]/g, '\\u0000');
    if (Buffer.byteLength(text) > MOST_OF_RESULTS) {
      throw new Error(`the results take ${Buffer.byteLength(text)} bytes; Tekton loses them beyond ${MOST_OF_RESULTS}`);
    }
    return found;
  }

  /** Runs a script with these arguments; answers its exit status and what it wrote. */
  public execute(args: string[], env: Record<string, string>, cwd: string): Promise<[number, string]> {
    const [program, ...first] = this.command;
    const { clock, folder, kubeconfig } = this.cluster;
    this.serial += 1;
    const name = `program-${this.serial}`;
    clock.begin(name);
    return new Promise((resolve, reject) => {
      const child = spawn(program, [...first, ...args], {
        cwd,
        detached: true,
        env: {
          PATH: `${clock.folder}:${process.env.PATH}`,
          HOME: folder,
          KUBECONFIG: kubeconfig,
          KUBECACHEDIR: join(folder, 'cache'),
          CLOCK_PROGRAM: name,
          // kubectl is a program of 60 MB that lives for 50 ms, and jest keeps both cores busy.
          GOGC: 'off',
          GOMAXPROCS: '1',
          ...env,
        },
      });
      this.processes.add(child);
      let log = '';
      const listen = (data: Buffer) => {
        log += data;
      };
      child.stdout.on('data', listen);
      child.stderr.on('data', listen);
      child.on('error', reject);
      child.on('exit', () => clock.end(name));
      child.on('close', (code, signal) => {
        this.processes.delete(child);
        const mistake = log.match(
          /^(.*\bawk: .*|.*: (not found|bad substitution|syntax error\b.*|parameter not set))$/m,
        );
        if (mistake) {
          reject(new Error(`a mistake in ${args[0]}: ${mistake[0]}\n${log}`));
        }
        resolve([code ?? (signal ? 128 : 1), log]);
      });
    });
  }
}
