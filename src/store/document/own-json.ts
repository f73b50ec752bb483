/**
 * Value of a text that equals `JSON.stringify` of its own value, or undefined. This excludes duplicate keys, which JSON
 * accepts and YAML must refuse.
 */
export function parseOwnJson(json: string): unknown {
  try {
    const value: unknown = JSON.parse(json);
    return JSON.stringify(value) === json && !json.includes('"__proto__"') ? value : undefined;
  } catch {
    return undefined;
  }
}
