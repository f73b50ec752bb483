/**
 * The ports of the slot commands, each opened when a command asks for it. A cold process pays for every module that it
 * loads, so rarely needed modules are imported late.
 */
import type { ParsedArgs } from '../cli/invocation.ts';
import type { Instant } from '../core/model/instants.ts';
import type { MachineHost } from '../host/host.ts';
import type { Out } from '../ports/terminal.ts';
import { openFileStore } from '../store/file-store.ts';
import type { FileStoreOptions } from '../store/store-options.ts';
import { onInterrupt } from './interrupts.ts';
import { storeOptions } from './open-store.ts';

export const now = (): Instant => Date.now() as Instant;
export const steadyMs = (): number => process.uptime() * 1000;

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** The options with which a command opens the state of its --dir or of its environment. */
export const storeOptionsOf = (root: string, { options }: ParsedArgs, out: Out, host: MachineHost) =>
  once(async (): Promise<FileStoreOptions> => {
    const { env } = process;
    const named = options.get('dir') ?? null;
    const given = named ?? env.RESOURCE_MANAGER_DIR;
    // make-state.ts loads node:os, which an absolute path does not need.
    const dir = given?.startsWith('/') ? given : (await import('./make-state.ts')).stateDir(named, env);
    const onCreated = (maxSlots: number): void => {
      if (!options.has('quiet')) out.note(`note: created ${dir}, sized to this machine: ${maxSlots} slots`);
    };
    const onMissing = (): void => {
      if (!options.has('quiet'))
        out.note(`note: there is no state in ${dir} yet; the first command that changes something makes it`);
    };
    return storeOptions({ dir, root, host, env, now, onCreated, onMissing });
  });

/** The ports of a slot command with these words; `root` is the package's own folder. */
export function openSlotPorts(root: string, args: ParsedArgs, out: Out, host: MachineHost) {
  const store = storeOptionsOf(root, args, out, host);
  return {
    env: process.env,
    self: host.self,
    process: host.process,
    caller: host.caller,
    outlivesJobs: host.outlivesJobs,
    onInterrupt,
    openStore: async () => openFileStore(await store()),
  };
}
