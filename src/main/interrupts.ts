/** SIGHUP, SIGINT and SIGTERM, by number. */
const ENDING: Readonly<Partial<Record<NodeJS.Signals, number>>> = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 };

/** Calls back with the number of a signal that asks this process to end. Returns a function that stops listening. */
export function onInterrupt(end: (signal: number) => void): () => void {
  const listener = (name: NodeJS.Signals): void => end(ENDING[name] ?? 15);
  for (const name of Object.keys(ENDING)) process.on(name as NodeJS.Signals, listener);
  return () => {
    for (const name of Object.keys(ENDING)) process.removeListener(name, listener);
  };
}
