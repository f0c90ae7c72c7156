import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';

/** A Git server with one repository, over HTTP as Git's own backend speaks it. */
export class GitServer {
  private port = 0;
  private readonly server: Server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const backend = spawn('git', ['http-backend'], {
      env: {
        ...process.env,
        GIT_PROJECT_ROOT: this.folder,
        GIT_HTTP_EXPORT_ALL: '1',
        PATH_INFO: url.pathname,
        QUERY_STRING: url.search.slice(1),
        REQUEST_METHOD: request.method ?? 'GET',
        CONTENT_TYPE: request.headers['content-type'] ?? '',
        HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
        GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      },
    });
    request.pipe(backend.stdin);
    const chunks: Buffer[] = [];
    backend.stdout.on('data', (chunk) => chunks.push(chunk));
    backend.on('close', () => {
      const all = Buffer.concat(chunks);
      const end = all.indexOf('\r\n\r\n');
      const headers = all
        .subarray(0, end)
        .toString()
        .split('\r\n')
        .map((line) => line.split(': ') as [string, string]);
      const status = headers.find(([name]) => name === 'Status')?.[1];
      response.writeHead(
        Number(status?.slice(0, 3) ?? 200),
        Object.fromEntries(headers.filter(([name]) => name !== 'Status')),
      );
      response.end(all.subarray(end + 4));
    });
  });

  public constructor(private readonly folder: string) {
    mkdirSync(join(folder, 'work'), { recursive: true });
    this.git('init', '-q', '-b', 'main');
    execFileSync('git', ['init', '-q', '--bare', '-b', 'main', join(folder, 'app.git')]);
  }

  public async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(this.port, '127.0.0.1', resolve));
    this.port = (this.server.address() as AddressInfo).port;
  }

  public async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** The repository's URL. */
  public get url(): string {
    return `http://127.0.0.1:${this.port}/app.git`;
  }

  /** Commits these files, in place of all others, and gives the commit. A text `->PATH` is a link. */
  public commit(files: Record<string, string>, branch = 'main'): string {
    return this.history([files], branch)[0];
  }

  /** Marks a commit with a tag, over one of the same name. */
  public tag(name: string, commit: string): void {
    this.git('push', '-q', '-f', join(this.folder, 'app.git'), `${commit}:refs/tags/${name}`);
  }

  /** Makes a branch with these commits, one after another, and gives them. */
  public history(versions: readonly Record<string, string>[], branch = 'main'): string[] {
    rmSync(join(this.folder, 'work'), { recursive: true });
    mkdirSync(join(this.folder, 'work'));
    this.git('init', '-q', '-b', branch);
    const commits = versions.map((files) => this.add(files));
    this.git('push', '-q', '-f', join(this.folder, 'app.git'), `HEAD:refs/heads/${branch}`);
    return commits;
  }

  private add(files: Record<string, string>): string {
    for (const name of readdirSync(join(this.folder, 'work')).filter((each) => each !== '.git')) {
      rmSync(join(this.folder, 'work', name), { recursive: true });
    }
    for (const [path, text] of Object.entries(files)) {
      const file = join(this.folder, 'work', path);
      mkdirSync(dirname(file), { recursive: true });
      text.startsWith('->') ? symlinkSync(text.slice(2), file) : writeFileSync(file, text);
    }
    this.git('add', '-A');
    this.git(
      '-c',
      'user.name=test',
      '-c',
      'user.email=test@example.com',
      'commit',
      '-q',
      '--allow-empty',
      '-m',
      'A version',
    );
    return this.git('rev-parse', 'HEAD').trim();
  }

  /** The last commit's files in a commit whose id begins with seven digits, as one in about 27 does. */
  public commitOfDigits(branch = 'main'): string {
    const author = ['-c', 'user.name=test', '-c', 'user.email=test@example.com'];
    for (let i = 0; ; i++) {
      const commit = this.git(...author, 'commit-tree', 'HEAD^{tree}', '-m', `Attempt ${i}`).trim();
      if (/^\d{7}/.test(commit)) {
        this.git('push', '-q', '-f', join(this.folder, 'app.git'), `${commit}:refs/heads/${branch}`);
        return commit;
      }
    }
  }

  private git(...args: string[]): string {
    return execFileSync('git', ['-C', join(this.folder, 'work'), ...args], { encoding: 'utf8' });
  }
}
