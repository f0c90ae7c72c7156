import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How a webhook answers: with a status, by a redirect to a path of its own, or not at all. */
export type Answer = number | { readonly redirect: string } | 'hang' | 'drop';

/** A webhook on this machine. Its path is a secret. */
export class Receiver {
  public static readonly SECRET = 'B0-secret-of-the-hook';
  /** What was posted, by path. */
  public readonly posts: { readonly path: string; readonly type: string; readonly body: string }[] = [];
  /** The answers to come; 200 once there is none any more. */
  public answers: Answer[] = [];
  /** Programs among whose arguments the secret was, while a request was answered. */
  public readonly leaks: string[] = [];
  private port = 0;
  private readonly server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (data) => chunks.push(data));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      this.posts.push({ path: request.url ?? '', type: request.headers['content-type'] ?? '', body });
      this.leaks.push(...commandLines().filter((line) => line.includes(Receiver.SECRET)));
      const answer = this.answers.shift() ?? 200;
      if (answer === 'drop') {
        request.socket.destroy();
      } else if (typeof answer === 'number') {
        response.writeHead(answer).end(`no such thing: ${request.url}`);
      } else if (answer !== 'hang') {
        response.writeHead(302, { Location: answer.redirect }).end();
      }
    });
  });

  public async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(this.port, '127.0.0.1', resolve));
    this.port = (this.server.address() as AddressInfo).port;
  }

  /** From now on connections are refused. */
  public async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  public get url(): string {
    return `http://127.0.0.1:${this.port}/services/${Receiver.SECRET}`;
  }
}

function commandLines(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      } catch {
        return '';
      }
    });
}
