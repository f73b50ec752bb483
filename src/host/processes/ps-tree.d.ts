declare module 'ps-tree' {
  /** Calls back with everything below a process. Errors of starting `ps` are thrown past the caller. */
  function psTree(
    pid: number,
    callback: (error: Error | null, children: readonly { readonly PID: string; readonly PPID: string }[]) => void,
  ): void;
  export = psTree;
}
