/**
 * Time that passes faster than on the wall, for the programs under test and for the doubles alike. Programs get it from
 * `date` and `sleep` in a folder that stands first in their PATH.
 */
export class Clock {
  private readonly begun = process.hrtime.bigint();
  private readonly epoch = Math.floor(Date.now() / 1000);
  private readonly pending = new Set<NodeJS.Timeout>();

  /** @param speed how many seconds pass in one. */
  public constructor(public readonly speed: number) {}

  /** Seconds since 1970, as the programs see them. */
  public get now(): number {
    return this.epoch + (Number(process.hrtime.bigint() - this.begun) / 1e9) * this.speed;
  }

  /** Does something after some of these seconds. */
  public after(seconds: number, action: () => void): void {
    const timer = setTimeout(
      () => {
        this.pending.delete(timer);
        action();
      },
      (seconds * 1000) / this.speed,
    );
    this.pending.add(timer);
  }

  /** Waits for some of these seconds. */
  public async sleep(seconds: number): Promise<void> {
    await new Promise<void>((resolve) => this.after(seconds, resolve));
  }

  public stop(): void {
    for (const timer of this.pending) {
      clearTimeout(timer);
    }
    this.pending.clear();
  }
}
