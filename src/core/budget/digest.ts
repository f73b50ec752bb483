/** FNV-1a over two seeds: 64 bits that stand for an id of any length. Spreads well and guards nothing. */
export function digestOf(id: string): string {
  let low = 0x811c9dc5;
  let high = 0x9747b28c;
  for (let at = 0; at < id.length; at += 1) {
    const code = id.charCodeAt(at);
    low = Math.imul(low ^ code, 0x01000193) >>> 0;
    high = Math.imul(high ^ ((code * 31 + at) & 0xffff), 0x01000193) >>> 0;
  }
  return `${low.toString(36)}.${high.toString(36)}`;
}
