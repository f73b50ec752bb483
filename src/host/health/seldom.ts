const SELDOM_MS = 60_000;

/** Calls `look` at most once a minute: for facts that change seldom and are expensive to find. */
export function everySoOften<T>(look: () => T, nowMs: () => number): () => T {
  let known: { readonly value: T; readonly atMs: number } | null = null;
  return () => {
    const atMs = nowMs();
    if (known === null || Math.abs(atMs - known.atMs) >= SELDOM_MS) known = { value: look(), atMs };
    return known.value;
  };
}
