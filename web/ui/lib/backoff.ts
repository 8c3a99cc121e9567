/** Waiting times between tries: doubling from first to most, each shortened at random by up to half so that screens do not come in step. */
export class Backoff {
  private tries = 0;

  constructor(
    private readonly firstMs: number,
    private readonly mostMs: number,
    private readonly random: () => number = Math.random,
  ) {}

  nextMs(): number {
    const whole = Math.min(this.mostMs, this.firstMs * 2 ** Math.min(this.tries, 20));
    this.tries += 1;
    return Math.max(this.firstMs, whole * (1 - this.random() / 2));
  }

  reset(): void {
    this.tries = 0;
  }
}
