/**
 * Ids of reports that slots.yaml no longer lists, so that an id counts once however many others came after it: one file for
 * each agent, with a digest a line. Digests are written before the commit that drops them from the list. A file that is
 * lost or cannot be written only makes the memory of its agent shorter.
 */
import { join } from 'node:path';
import { findAgent } from '../core/budget/books.ts';
import { digestOf } from '../core/digest.ts';
import { type AgentBudget, budgetKey } from '../core/model/budget.ts';
import type { State } from '../core/model/state.ts';
import type { Command } from '../core/transition.ts';
import { orElse } from '../errors.ts';
import { replaceFile } from '../files/atomic.ts';
import { makeFolder } from '../files/folder.ts';
import { ownFolder, ownPlace } from '../files/own-folder.ts';
import { appendRegular, readRegularText } from '../files/regular-file.ts';
import { discard } from '../files/sweep.ts';

const FOLDER = 'ids';
const MODE = 0o600;
/** A million ids; of a longer file the second half is kept. */
const MOST_BYTES = 16 << 20;

const nameOf = (agent: string): string => digestOf(budgetKey(agent));

function wasSettled(dir: string, { agent, settled }: AgentBudget, id: string): boolean {
  const digest = digestOf(id);
  if (settled.includes(digest)) return false;
  const path = join(ownFolder(dir, false) ?? dir, FOLDER, nameOf(agent));
  return orElse(() => `\n${readRegularText(path)}`.includes(`\n${digest}\n`), false);
}

/** The commands; a report whose id was settled long ago says so. */
export function withKnownIds(dir: string, { budgets }: State, commands: readonly Command[]): readonly Command[] {
  return commands.map((command) => {
    if (command.kind !== 'budget' || command.order.do !== 'report' || command.order.id === null) return command;
    const { order } = command;
    const agent = findAgent(budgets, order.agent);
    // The list of an agent with a file is never empty.
    const isKnown = agent !== null && agent.settled.length > 0 && wasSettled(dir, agent, order.id as string);
    return isKnown ? { ...command, order: { ...order, isSettled: true } } : command;
  });
}

function keep(folder: string, agent: string, digests: readonly string[]): void {
  const path = join(folder, nameOf(agent));
  makeFolder(folder, 0o700);
  appendRegular(path, digests.map((digest) => `${digest}\n`).join(''), MODE);
  const text = readRegularText(path);
  if (text.length <= MOST_BYTES) return;
  const middle = text.indexOf('\n', text.length >> 1) + 1;
  replaceFile(path, Buffer.from(text.slice(middle)), { mode: MODE });
}

/** Keeps what the lists of `after` drop, and forgets agents that begin or end with it. Never throws. */
export function keepSettledIds(dir: string, { budgets: before }: State, { budgets: after }: State): void {
  if (before === after) return;
  const old = new Map(before.agents.map((agent) => [agent.agent, agent]));
  for (const agent of after.agents) {
    const last = old.get(agent.agent);
    old.delete(agent.agent);
    if (last !== undefined && last.settled[0] === agent.settled[0]) continue;
    orElse(() => {
      const folder = join(ownPlace(dir), FOLDER);
      const kept = new Set(agent.settled);
      if (last === undefined) discard(join(folder, nameOf(agent.agent)));
      else if (agent.settled.length > 0)
        keep(
          folder,
          agent.agent,
          last.settled.filter((digest) => !kept.has(digest)),
        );
    }, undefined);
  }
  for (const gone of old.keys())
    orElse(() => discard(join(ownFolder(dir, false) ?? dir, FOLDER, nameOf(gone))), undefined);
}
