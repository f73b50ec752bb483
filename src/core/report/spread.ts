/**
 * Distribution of many values in little memory. Buckets have bounds that grow by a tenth, so every quantile is exact to
 * within a twentieth.
 */
const LEAST = 1e-3;
const GROWTH = Math.log(1.1);

export class Spread {
  count = 0;
  sum = 0;
  max = 0;
  protected readonly buckets = new Map<number, number>();

  add(value: number): void {
    this.count += 1;
    this.sum += value;
    this.max = Math.max(this.max, value);
    const bucket = value < LEAST ? -1 : Math.floor(Math.log(value / LEAST) / GROWTH);
    this.buckets.set(bucket, (this.buckets.get(bucket) ?? 0) + 1);
  }

  merge({ count, sum, max, buckets }: Spread): void {
    this.count += count;
    this.sum += sum;
    this.max = Math.max(this.max, max);
    for (const [bucket, number] of buckets) this.buckets.set(bucket, (this.buckets.get(bucket) ?? 0) + number);
  }

  get mean(): number {
    return this.count === 0 ? 0 : this.sum / this.count;
  }

  /** The value below which the share `part` of all values lies; 0 without values. */
  quantile(part: number): number {
    let seen = 0;
    for (const [bucket, count] of [...this.buckets].sort(([a], [b]) => a - b)) {
      seen += count;
      if (seen >= part * this.count)
        return bucket < 0 ? 0 : Math.min(this.max, LEAST * Math.exp((bucket + 0.5) * GROWTH));
    }
    return this.max;
  }
}
