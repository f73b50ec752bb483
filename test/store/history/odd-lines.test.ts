/** Lines that no writer meant: what a power cut, a full disk and other programs leave. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openHistoryReader } from '../../../src/store/history/history-reader.ts';
import { temporaryFolder } from '../../helpers/cli.ts';

const line = (name: string, kind = 'usage'): string =>
  JSON.stringify({ at: '2026-11-25T09:48:18.123Z', kind, agent: name });

/** Agents of the records that are read from this text. */
function agentsIn(text: string | Buffer, kinds: ReadonlySet<string> | null = null): unknown[] {
  const dir = temporaryFolder();
  mkdirSync(join(dir, 'history'));
  writeFileSync(join(dir, 'history', '2026-11-25.jsonl'), text);
  const agents: unknown[] = [];
  openHistoryReader(dir).each({ kinds }, ({ agent }) => agents.push(agent));
  return agents;
}

it('a record after the NULs of a power cut is read', () => {
  expect(agentsIn(`${line('a')}\n${'\0'.repeat(5000)}${line('b')}\n${line('c')}\n`)).toEqual(['a', 'b', 'c']);
  expect(agentsIn(`${'\0'.repeat(3 << 20)}${line('b')}\n`, new Set(['usage']))).toEqual(['b']);
});

it('a record that was appended to a cut-off one is read', () => {
  const cut = line('a', 'granted').slice(0, -9);
  expect(agentsIn(`${cut}${line('b')}\n`)).toEqual(['b']);
  expect(agentsIn(`${cut}${line('b')}\n`, new Set(['usage']))).toEqual(['b']);
  expect(agentsIn(`${cut}${line('b')}\n`, new Set(['granted']))).toEqual([]);
});

it('a line of any length is one line', () => {
  const long = line('x'.repeat(3 << 20));
  expect(agentsIn(`${long}\n${line('b')}\n`)).toEqual(['x'.repeat(3 << 20), 'b']);
});

it('a line that no record can have is passed over, and what follows is read', () => {
  const endless = Buffer.alloc(17 << 20, 'y');
  expect(agentsIn(Buffer.concat([Buffer.from(`${line('a')}\n`), endless, Buffer.from(`\n${line('b')}\n`)]))).toEqual([
    'a',
    'b',
  ]);
  expect(agentsIn(Buffer.concat([endless, Buffer.from(line('b'))]))).toEqual([]);
});
