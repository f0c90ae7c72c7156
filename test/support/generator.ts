import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from './kubernetes/clock';

/** A double of fortio's server, by its REST API: it sends nothing, and counts what it would have sent. */
export class Generator {
  private port = 0;
  /** What the answers would have been, by their status. */
  public codes: Record<string, number> = { '200': 1 };
  /** The parameters of each run that was asked for. */
  public readonly runs: URLSearchParams[] = [];
  /** What it answers when it can not send anything. */
  public refusal?: string;
  /** Whether it was told to stop. */
  public stopped = false;
  private running?: { response: ServerResponse; begun: number; rate: number };
  private readonly server: Server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (url.pathname.endsWith('/run')) {
      this.runs.push(url.searchParams);
      if (this.refusal) {
        response.end(this.refusal);
        return;
      }
      this.running = { response, begun: this.clock.now, rate: Number(url.searchParams.get('qps')) };
      const { running } = this;
      this.clock.after(
        Number.parseFloat(url.searchParams.get('t') ?? '0'),
        () => running === this.running && this.end(),
      );
      return;
    }
    if (url.pathname.endsWith('/stop')) {
      this.stopped = true;
      this.end();
    }
    response.end('{}');
  });

  public constructor(private readonly clock: Clock) {}

  public async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(this.port, '127.0.0.1', resolve));
    this.port = (this.server.address() as AddressInfo).port;
  }

  public async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** Where it answers. */
  public get url(): string {
    return `http://127.0.0.1:${this.port}/fortio/rest`;
  }

  /** Whether it sends requests. */
  public get sends(): boolean {
    return this.running !== undefined;
  }

  /** Sends no more, and reports. */
  public end(): void {
    if (!this.running) {
      return;
    }
    const { response, begun, rate } = this.running;
    this.running = undefined;
    const count = Math.round((this.clock.now - begun) * rate);
    const all = Object.values(this.codes).reduce((sum, each) => sum + each, 0);
    const codes = Object.entries(this.codes).map(([code, share]) => [code, Math.round((count * share) / all)]);
    const percentiles = [50, 90, 99].map((Percentile) => ({ Percentile, Value: Percentile / 1000 }));
    response.end(
      JSON.stringify({
        RetCodes: Object.fromEntries(codes),
        DurationHistogram: { Count: count, Percentiles: percentiles },
      }),
    );
  }
}
