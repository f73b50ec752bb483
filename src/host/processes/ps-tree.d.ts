declare module 'ps-tree' {
  /** Calls back with all descendants of a process. A failure to start `ps` is thrown outside of the caller. */
  function psTree(
    pid: number,
    callback: (error: Error | null, children: readonly { readonly PID: string; readonly PPID: string }[]) => void,
  ): void;
  export = psTree;
}
