import { readFileSync } from 'node:fs';

/** True for a hook of this product and for the shell that runs it: neither is a tool of an agent. */
export function isHook(pid: number): boolean {
  try {
    return /resource-manager(?:\.cjs)?['"]?[\0 ]+hook(?:[\0 ]|$)/.test(readFileSync(`/proc/${pid}/cmdline`, 'latin1'));
  } catch {
    return false;
  }
}
