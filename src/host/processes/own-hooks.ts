import { readFileSync } from 'node:fs';

/** The process is a hook of ours, or the shell that an agent program runs it through: no tool of anybody. */
export function isHook(pid: number): boolean {
  try {
    return /resource-manager(?:\.cjs)?['"]?[\0 ]+hook(?:[\0 ]|$)/.test(readFileSync(`/proc/${pid}/cmdline`, 'latin1'));
  } catch {
    return false;
  }
}
