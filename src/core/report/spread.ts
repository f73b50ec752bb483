/**
 * Distribution of many values in little memory. Buckets have bounds that grow by a tenth and keep their largest value, so
 * a quantile is a value that occurred.
 */
const LEAST = 1e-3;
const GROWTH = Math.log(1.1);

interface Bucket {
  count: number;
  max: number;
}

export class Spread {
  count = 0;
  sum = 0;
  max = 0;
  readonly buckets = new Map<number, Bucket>();

  add(value: number): void {
    this.count += 1;
    this.sum += value;
    this.max = Math.max(this.max, value);
    this.#put(value < LEAST ? -1 : Math.floor(Math.log(value / LEAST) / GROWTH), 1, value);
  }

  merge({ count, sum, max, buckets }: Spread): void {
    this.count += count;
    this.sum += sum;
    this.max = Math.max(this.max, max);
    for (const [number, bucket] of buckets) this.#put(number, bucket.count, bucket.max);
  }

  get mean(): number {
    return this.count === 0 ? 0 : this.sum / this.count;
  }

  /** Largest value of the first bucket up to which the share `part` of all values lies; 0 without values. */
  quantile(part: number): number {
    let seen = 0;
    for (const [, { count, max }] of [...this.buckets].sort(([a], [b]) => a - b)) {
      seen += count;
      if (seen >= part * this.count) return max;
    }
    return this.max;
  }

  #put(number: number, count: number, max: number): void {
    const bucket = this.buckets.get(number);
    if (bucket === undefined) this.buckets.set(number, { count, max });
    else {
      bucket.count += count;
      bucket.max = Math.max(bucket.max, max);
    }
  }
}
