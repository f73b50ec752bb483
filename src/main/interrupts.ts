/** SIGHUP, SIGINT and SIGTERM, by number. */
const ENDING: Readonly<Partial<Record<NodeJS.Signals, number>>> = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 };

/** Calls back when this process is asked to end, with the signal's number. Returns how to stop listening. */
export function onInterrupt(end: (signal: number) => void): () => void {
  const listener = (name: NodeJS.Signals): void => end(ENDING[name] ?? 15);
  for (const name of Object.keys(ENDING)) process.on(name as NodeJS.Signals, listener);
  return () => {
    for (const name of Object.keys(ENDING)) process.removeListener(name, listener);
  };
}
