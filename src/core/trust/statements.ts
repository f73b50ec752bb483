/** The vouchers that a user's own commands write, change and remove, with the commit of the commands. */
import type { Lease } from '../model/lease.ts';
import type { SessionFacts } from '../model/session.ts';
import type { State } from '../model/state.ts';
import type { Command, Outcome } from '../transition.ts';
import { keyOfNamed, keyOfSession, keyOfVoucher, type Voucher, vouches } from './voucher.ts';

/** A command and what it made of the state. */
export interface Applied {
  readonly before: State;
  readonly command: Command;
  readonly after: State;
  readonly outcome: Outcome;
}

/** The voucher of this name that the user already has. */
export type KnownVoucher = (key: string) => Voucher | null;

export interface VoucherChanges {
  /** To be written before the commit: then no lease is in the state without its voucher. */
  readonly written: readonly Voucher[];
  /** Names of those to be removed after it. */
  readonly over: readonly string[];
}

const fresh = { session: null, run: null, isEnding: false, isPaused: false };

const ofSession = ({ project, process, id }: SessionFacts): Voucher | null =>
  process === null ? null : { ...fresh, project, holder: process, session: id };

/** The voucher that the command makes for processes of its own user; null for a command that names no processes. */
function statedBy(command: Command): Voucher | null {
  switch (command.kind) {
    case 'request': {
      const { project, holder, run, spawn } = command;
      if (holder === null && run === null) return null;
      const folders = run?.folder == null ? [] : [run.folder];
      const stated = run === null ? null : { mark: run.mark, folders, root: run.root };
      return { ...fresh, project, holder, session: spawn?.session ?? null, run: stated };
    }
    case 'spawn-agent':
    case 'resume-agent':
      return ofSession(command.facts);
    case 'session':
      return command.do === 'started' ? ofSession(command.facts) : null;
    default:
      return null;
  }
}

/** Leases whose end this command asks for, in addition to those that had been asked for before it. */
const endingsAsked = ({ before, after, outcome }: Applied): readonly Lease[] => {
  const earlier = new Set(before.leases.flatMap(({ id, ending }) => (ending === null ? [] : [id])));
  const named = new Set(outcome.kind === 'ending' ? outcome.leases.map(({ id }) => id) : []);
  return after.leases.filter(({ id, ending }) => ending !== null && (named.has(id) || !earlier.has(id)));
};

function keysIn({ leases, queue, sessions }: State): ReadonlySet<string> {
  const keys = [...leases.map(keyOfNamed), ...queue.map(keyOfNamed), ...sessions.map(keyOfSession)];
  return new Set(keys.filter((key) => key !== null));
}

/** The changes of the user's vouchers that belong to the commit of these commands, which are given in order. */
export function voucherChanges(applied: readonly Applied[], known: KnownVoucher): VoucherChanges {
  const [first, last] = [applied[0], applied.at(-1)];
  if (first === undefined || last === undefined) return { written: [], over: [] };
  const written = new Map<string, Voucher>();
  const find = (key: string | null): Voucher | null => (key === null ? null : (written.get(key) ?? known(key)));
  const write = (voucher: Voucher): void => {
    const key = keyOfVoucher(voucher);
    if (key !== null) written.set(key, voucher);
  };
  const change = (lease: Lease, part: Partial<Voucher>): void => {
    const voucher = find(keyOfNamed(lease));
    if (voucher !== null && vouches(voucher, lease)) write({ ...voucher, ...part });
  };

  for (const step of applied) {
    const { before, command, after } = step;
    const stated = statedBy(command);
    // The first statement about a session counts: later events take its project from the state.
    if (stated !== null && (stated.session === null || find(keyOfVoucher(stated)) === null)) write(stated);
    if (command.kind === 'start-run') {
      const started = find(`run.${command.mark}`);
      if (started?.run != null) {
        const folders = [...started.run.folders, ...(command.folder === null ? [] : [command.folder])];
        write({ ...started, run: { ...started.run, folders: [...new Set(folders)], root: command.root } });
      }
    }
    for (const lease of endingsAsked(step)) change(lease, { isEnding: true });
    const earlier = new Map(before.leases.map((lease) => [lease.id, lease]));
    for (const lease of after.leases) {
      const old = earlier.get(lease.id);
      if (old === undefined || old === lease) continue;
      if (old.ending !== null && lease.ending === null) change(lease, { isEnding: false });
      if ((old.pausedAt === null) !== (lease.pausedAt === null)) change(lease, { isPaused: lease.pausedAt !== null });
    }
  }

  const left = keysIn(last.after);
  const over = [...keysIn(first.before), ...written.keys()].filter((key) => !left.has(key));
  return {
    written: [...written.values()],
    over: [...new Set(over)],
  };
}
