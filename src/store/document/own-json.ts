/**
 * The value of a text that is exactly what `JSON.stringify` makes of it, or undefined. That leaves no room for a
 * duplicate key, which JSON would let pass and YAML must refuse.
 */
export function parseOwnJson(json: string): unknown {
  try {
    const value: unknown = JSON.parse(json);
    return JSON.stringify(value) === json && !json.includes('"__proto__"') ? value : undefined;
  } catch {
    return undefined;
  }
}
