import { readTextOrEmpty } from '../read-text.ts';

/** True for a hook of this product and for the shell that runs it: neither is a tool of an agent. */
export const isHook = (pid: number): boolean =>
  /resource-manager(?:\.cjs)?['"]?[\0 ]+hook(?:[\0 ]|$)/.test(readTextOrEmpty(`/proc/${pid}/cmdline`));
