import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';

interface Event {
  readonly at: number;
  readonly action: () => void;
  /** Whether somebody waits for it; what merely happens does not make time pass. */
  readonly awaited: boolean;
}

/** Numbers that look random and are the same for the same seed. */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * Time for programs under test and for the doubles around them. It stands still while a program does something, and
 * jumps to what is due next once all of them sleep: so a wait takes no time, and a slow machine changes nothing.
 *
 * Programs get it from `date` and `sleep` in `folder`, which has to stand first in their PATH. Each has a name of its own
 * in CLOCK_PROGRAM, and is announced by `begin` and `end`.
 */
export class Clock {
  private time = 1_800_000_000;
  private events: Event[] = [];
  /** Those that run, and how to wake those that sleep. */
  private readonly programs = new Map<string, (() => void) | undefined>();
  private readonly held: (() => void)[] = [];
  private choose: ((count: number) => number) | undefined;
  private settling = false;
  private readonly server: Server = createServer((socket) => this.answer(socket));

  /** @param folder where the programs are put */
  public constructor(public readonly folder: string) {}

  public async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    mkdirSync(this.folder, { recursive: true });
    const { port } = this.server.address() as AddressInfo;
    const programs = {
      date: `#!/bin/sh\ncase "$*" in +%s) read -r now <${join(this.folder, 'now')}; echo "$now" ;; *) exec /bin/date "$@" ;; esac\n`,
      sleep: `#!/bin/bash\nexec 3<>/dev/tcp/127.0.0.1/${port}\nprintf '%s %s\\n' "$CLOCK_PROGRAM" "$1" >&3\nread -r <&3\n`,
    };
    for (const [name, text] of Object.entries(programs)) {
      writeFileSync(join(this.folder, name), text);
      chmodSync(join(this.folder, name), 0o755);
    }
    this.jump(this.time);
  }

  public async stop(): Promise<void> {
    for (const program of this.programs.keys()) {
      this.end(program);
    }
    this.events = [];
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** Seconds since 1970, as the programs see them. */
  public get now(): number {
    return this.time;
  }

  /** Does something after some seconds. */
  public after(seconds: number, action: () => void): void {
    this.schedule({ at: this.time + seconds, action, awaited: false });
  }

  /** Waits for some seconds. */
  public async sleep(seconds: number): Promise<void> {
    await new Promise<void>((action) => this.schedule({ at: this.time + seconds, action, awaited: true }));
  }

  /** A program begins. */
  public begin(program: string): void {
    this.programs.set(program, undefined);
  }

  /** A program has ended, perhaps while it slept. */
  public end(program: string): void {
    this.programs.get(program)?.();
    this.programs.delete(program);
    this.settle();
  }

  /** From now on what programs ask for together is answered one after another, in an order that the seed decides. */
  public shuffle(seed: number): void {
    const next = random(seed);
    this.choose = (count) => Math.floor(next() * count);
  }

  /** Has a question of a program wait for its turn. */
  public async turn(): Promise<void> {
    if (this.choose) {
      await new Promise<void>((resolve) => {
        this.held.push(resolve);
        this.settle();
      });
    }
  }

  private answer(socket: Socket): void {
    socket.on('error', () => socket.destroy());
    socket.once('data', (data) => {
      const [program, seconds] = data.toString().split(' ');
      if (!this.programs.has(program)) {
        socket.destroy();
        return;
      }
      const event = {
        at: this.time + Number(seconds),
        awaited: true,
        action: () => {
          this.events = this.events.filter((each) => each !== event);
          if (this.programs.get(program) === event.action) {
            this.programs.set(program, undefined);
          }
          socket.end('\n');
        },
      };
      socket.on('close', event.action);
      this.programs.set(program, event.action);
      this.schedule(event);
    });
  }

  private schedule(event: Event): void {
    const later = this.events.findIndex(({ at }) => at > event.at);
    this.events.splice(later < 0 ? this.events.length : later, 0, event);
    this.settle();
  }

  /** Looks a moment later whether all programs sleep; what was resolved until then has been taken up. */
  private settle(): void {
    if (!this.settling) {
      this.settling = true;
      setImmediate(() =>
        setImmediate(() => {
          this.settling = false;
          this.step();
        }),
      );
    }
  }

  private step(): void {
    const awake = [...this.programs.values()].filter((wake) => wake === undefined).length;
    if (awake > this.held.length) {
      return;
    }
    if (this.choose && this.held.length > 0) {
      this.held.splice(this.choose(this.held.length), 1)[0]();
      return;
    }
    if (this.events.some(({ awaited }) => awaited)) {
      const event = this.events.shift() as Event;
      this.jump(event.at);
      event.action();
      this.settle();
    }
  }

  private jump(time: number): void {
    this.time = Math.max(this.time, time);
    writeFileSync(join(this.folder, 'now'), `${Math.floor(this.time)}\n`);
  }
}
