/** FNV-1a hashes: well spread, not secure. Files on disk contain these digests, so they must not change. */
export const FNV_BASIS = 0x811c9dc5;

/** Adds one unit to the hash; the result is a signed 32-bit integer. */
export const fnvStep = (hash: number, unit: number): number => Math.imul(hash ^ unit, 0x01000193);

/** 64-bit digest of an id of any length. */
export function digestOf(id: string): string {
  let low = FNV_BASIS;
  let high = 0x9747b28c;
  for (let at = 0; at < id.length; at += 1) {
    const code = id.charCodeAt(at);
    low = fnvStep(low, code);
    high = fnvStep(high, (code * 31 + at) & 0xffff);
  }
  return `${(low >>> 0).toString(36)}.${(high >>> 0).toString(36)}`;
}

/** 52-bit digest of an id: a collision among a million ids has a probability of one in ten thousand. */
export function keyOf(id: string): number {
  let low = FNV_BASIS;
  let high = 0x9747b28c;
  for (let at = 0; at < id.length; at += 1) {
    const code = id.charCodeAt(at);
    low = fnvStep(low, code);
    high = Math.imul(high ^ code ^ (low >>> 15), 0x85ebca6b);
    high ^= high >>> 13;
  }
  low = Math.imul(low ^ (low >>> 16), 0xc2b2ae35);
  return (high & 0xfffff) * 0x1_0000_0000 + (low >>> 0);
}
