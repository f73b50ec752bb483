/** Orphans of a killed Claude session: real processes are listed and ended, and neighbours are spared. */

import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../../../src/cli/commands/reap.ts';
import { Invocation } from '../../../src/cli/invocation.ts';
import { FULL_TRUST } from '../../../src/core/trust/trust.ts';
import { portableView } from '../../../src/host/processes/portable-view.ts';
import { openReaper } from '../../../src/host/reap/reaper.ts';
import { identityOf, isAlive, type OwnProcess } from '../../helpers/alive.ts';
import { aSession, type FakeSession, SESSION_ID, TWO_MINUTES, viewOf } from '../../helpers/claude.ts';
import { cleanEnvironment, temporaryFolder, until } from '../../helpers/cli.ts';
import { expectSchema } from '../../helpers/schema.ts';
import { aLease, anEnvironment, aState } from '../../helpers/state.ts';
import { STYLES } from '../../helpers/styles.ts';

const SERVER = "echo $$ > server\nsh -c 'echo $$ > worker; exec sleep 600' &\nwait\n";
const STATE = aState(9);
const GRACE = { graceMs: 500, isHard: false, others: async () => [] };

const reaperOf = (sessions: readonly FakeSession[], laterMs = TWO_MINUTES) =>
  openReaper(temporaryFolder(), viewOf(sessions, laterMs), { boot: null, ns: null });
const pidsOf = (orphans: readonly { findings: { found: readonly { row: { pid: number } }[] } }[]) =>
  orphans.map(({ findings }) => findings.found.map(({ row }) => row.pid));

const isAdopted = ({ pid }: OwnProcess, by: number) => until('it has another parent', () => linuxParent(pid) !== by);
const linuxParent = (pid: number): number => viewOf([], 0).row(pid)?.parent ?? 0;

describe('an orphan of a killed session', () => {
  it('is found once it is two minutes old, and ended with all processes below it', async () => {
    const session = aSession(SERVER);
    const [server, worker] = [await session.named('server'), await session.named('worker')];
    expect(await reaperOf([session]).sessionOrphans(async () => STATE), 'while the session lives').toEqual([]);
    await session.die();
    await isAdopted(server, session.pid);
    expect(await reaperOf([session], 0).sessionOrphans(async () => STATE), 'while it is young').toEqual([]);

    const reaper = reaperOf([session]);
    const orphans = await reaper.sessionOrphans(async () => STATE);
    expect(orphans).toMatchObject([{ session: { pid: session.pid, id: SESSION_ID } }]);
    expect(pidsOf(orphans)).toEqual([[server.pid, worker.pid]]);
    for (const { target } of orphans) {
      const { terminated, survivors } = await reaper.end(target, GRACE);
      expect(terminated.map(({ row, evidence }) => [row.pid, evidence])).toEqual([
        [server.pid, 'claude'],
        [worker.pid, 'ledger'],
      ]);
      expect(survivors).toEqual([]);
    }
    expect([server, worker].map(isAlive)).toEqual([false, false]);
    expect(await reaper.sessionOrphans(async () => STATE)).toEqual([]);
  });

  it('is killed when it ignores SIGTERM, even if it loses its parent meanwhile and hides its environment', async () => {
    const stubborn = `sh -c 'echo $$ > worker; trap "" TERM; while :; do sleep 0.05; done'`;
    const session = aSession(`echo $$ > server\nsetsid env -u CLAUDE_PID ${stubborn} &\nwait\n`);
    const [server, worker] = [await session.named('server'), await session.named('worker')];
    await session.die();
    await isAdopted(server, session.pid);
    const reaper = reaperOf([session]);
    for (const { target } of await reaper.sessionOrphans(async () => STATE)) await reaper.end(target, GRACE);
    expect([server, worker].map(isAlive)).toEqual([false, false]);
  });

  it('is not found, without an error, when environments cannot be read', async () => {
    expect(
      await openReaper(temporaryFolder(), portableView(), { boot: null, ns: null }).sessionOrphans(async () => STATE),
    ).toEqual([]);
  });

  it('is ended without harm to processes of a live session', async () => {
    const [gone, live] = [aSession(SERVER), aSession(SERVER)];
    const [server, other] = [await gone.named('server'), await live.named('server')];
    await gone.named('worker');
    const busy = await live.named('worker');
    await gone.die();
    await isAdopted(server, gone.pid);
    const reaper = reaperOf([gone, live]);
    for (const { target } of await reaper.sessionOrphans(async () => STATE)) await reaper.end(target, GRACE);
    expect([server, other, busy].map(isAlive)).toEqual([false, true, true]);
  });

  it('is ended without live sessions that its session started, whatever they are called', async () => {
    const looks = {
      native: 'exec -a claude "$PWD/share/claude/versions/2.1.231" 600',
      updated: 'cp /bin/sleep "$PWD/share/claude/versions/2.1.9"; exec "$PWD/share/claude/versions/2.1.9" 600',
      plain: 'exec -a claude sleep 600',
      script: 'exec node "$PWD/node_modules/@openai/codex/bin/codex.js"',
    };
    const start = Object.entries(looks).map(([name, line]) => `bash -c 'echo $$ > ${name}; ${line}' &`);
    const session = aSession(
      [
        'mkdir -p share/claude/versions node_modules/@openai/codex/bin',
        'cp /bin/sleep share/claude/versions/2.1.231',
        "echo 'setInterval(() => {}, 1000)' > node_modules/@openai/codex/bin/codex.js",
        ...start.map((line) => `( ${line} )`),
        "( bash -c 'echo $$ > leftover; exec sleep 600' & )",
        'wait; echo $$ > done; exec sleep 600\n',
      ].join('\n'),
    );
    const names = Object.keys(looks);
    const own = await Promise.all(names.map((name) => session.named(name)));
    const left = await Promise.all(['leftover', 'done'].map((name) => session.named(name)));
    await until('the shells have become sessions', () => own.every(({ pid }) => identityOf(pid)?.command !== 'bash'));
    rmSync(join(session.folder, 'share/claude/versions/2.1.9'));
    await session.die();
    await isAdopted(left[1] as OwnProcess, session.pid);
    const reaper = reaperOf([session]);
    const orphans = await reaper.sessionOrphans(async () => STATE);
    const why = new Map(orphans[0]?.findings.skipped.map(({ row, why }) => [row.pid, why]));
    expect(own.map(({ pid }) => why.get(pid))).toEqual([
      ...['Claude', 'Claude', 'Claude', 'Codex'].map((agent) => `is a live ${agent} session`),
    ]);
    for (const { target } of orphans) await reaper.end(target, GRACE);
    expect(own.map(isAlive)).toEqual([true, true, true, true]);
    expect(left.map(isAlive)).toEqual([false, false]);
  });

  it('is spared if it waits for a live session, which its end would end', async () => {
    const session = aSession(
      'sh -c \'echo $$ > wrapper; bash -c "echo \\$\\$ > claude; exec -a claude sleep 600"; :\' &\n' +
        "sh -c 'echo $$ > server; exec sleep 600' &\nwait\n",
    );
    const [wrapper, claude, server] = [
      await session.named('wrapper'),
      await session.named('claude'),
      await session.named('server'),
    ];
    await until('the shell has become a session', () => identityOf(claude.pid)?.command === 'sleep');
    const parent = linuxParent(server.pid);
    process.kill(parent, 'SIGKILL');
    await session.die();
    await isAdopted(server, parent);
    const reaper = reaperOf([session]);
    const orphans = await reaper.sessionOrphans(async () => STATE);
    expect(orphans[0]?.findings.skipped.map(({ row, why }) => [row.pid, why])).toEqual([
      [wrapper.pid, 'is the parent of a live Claude session'],
    ]);
    for (const { target } of orphans) await reaper.end(target, GRACE);
    expect([wrapper, claude, server].map(isAlive)).toEqual([true, true, false]);
  });

  it('is spared if it holds a lease or is the monitor', async () => {
    const monitor = "sh -c 'echo $$ > monitor; exec sleep 600' &\n";
    const session = aSession(monitor + SERVER);
    const own = await Promise.all(['server', 'worker', 'monitor'].map((name) => session.named(name)));
    const [server, worker, watching] = own as [OwnProcess, OwnProcess, OwnProcess];
    await session.die();
    await isAdopted(server, session.pid);
    const ref = ({ pid, started, command }: OwnProcess) => ({ pid, started, command, boot: null, ns: null });
    const state = aState(9, [aLease('L1', 'odin', 1, { holder: ref(worker) })], [], { monitor: ref(watching) });
    const reaper = reaperOf([session]);
    const orphans = await reaper.sessionOrphans(async () => state);
    expect(orphans[0]?.findings.skipped.map(({ row, why }) => `${row.pid} ${why}`).sort()).toEqual(
      [`${worker.pid} holds another lease`, `${watching.pid} is the monitor`].sort(),
    );
    for (const { target } of orphans) await reaper.end(target, GRACE);
    expect(own.map(isAlive)).toEqual([false, true, true]);
  });

  const hasTmux = spawnSync('tmux', ['-V']).status === 0;
  it.runIf(hasTmux)('is spared if it is a tmux server, with everything in it', async () => {
    const socket = join(temporaryFolder(), 'tmux');
    const tmux = (...args: string[]) =>
      spawnSync('tmux', ['-S', socket, ...args], { encoding: 'utf8', env: cleanEnvironment() });
    try {
      const pane = "'echo $$ > pane; exec sleep 600'";
      const session = aSession(`tmux -S ${socket} -f /dev/null new-session -d ${pane}\n${SERVER}`);
      const own = [await session.named('server'), await session.named('pane')] as const;
      const multiplexer = identityOf(Number(tmux('display-message', '-p', '#{pid}').stdout));
      await session.die();
      await isAdopted(own[0], session.pid);
      const reaper = reaperOf([session]);
      const orphans = await reaper.sessionOrphans(async () => STATE);
      expect(orphans[0]?.findings.skipped.map(({ row, why }) => [row.pid, why])).toEqual([
        [multiplexer?.pid, 'shared server'],
      ]);
      for (const { target } of orphans) await reaper.end(target, GRACE);
      expect(own.map(isAlive)).toEqual([false, true]);
      expect(multiplexer !== null && isAlive(multiplexer)).toBe(true);
      // A session of which only spared processes are left is not reported.
      expect(await reaper.sessionOrphans(async () => STATE)).toEqual([]);
    } finally {
      tmux('kill-server');
    }
  });
});

describe('reap', () => {
  async function left() {
    const session = aSession(SERVER);
    const server = await session.named('server');
    const { pid } = await session.named('worker');
    const worker = await until('the worker is a sleep', () => {
      const found = identityOf(pid);
      return found?.command === 'sleep' ? found : null;
    });
    await session.die();
    await isAdopted(server, session.pid);
    const reaper = reaperOf([session]);
    const history: unknown[] = [];
    const answers: string[] = [];
    const store = {
      trust: async () => FULL_TRUST,
      read: async () => ({ state: STATE, environment: anEnvironment(), isDue: false, repairs: [] }),
      actOnLastGood: () => {},
      settings: async () => anEnvironment().settings,
      peek: async () => STATE,
      transact: async () => {},
    };
    const ports = {
      openStore: async () => store,
      openReaper: async () => reaper,
      openHistory: async () => ({ append: (record: unknown) => history.push(record) }),
      ask: async () => null,
    } as unknown as Parameters<typeof run>[1];
    const out = {
      answer: (text: string) => answers.push(text) > 0,
      note: () => {},
      styles: STYLES.plain,
      width: 80,
      isTerminal: false,
    };
    const reap = async (...typed: string[]) => {
      const words = typed.map((word) => word.split('=') as [string, string?]);
      const options = new Map(words.map(([name, value = '']) => [name, value]));
      const invocation = new Invocation({ operands: [], rest: [], options }, out);
      return { status: await run(invocation, ports), answer: answers.splice(0).join('\n') };
    };
    return { session, server, worker, reap, history };
  }

  it('ends them with --machine alone', async () => {
    const { server, worker, reap, history } = await left();
    expect(await reap('yes')).toEqual({ status: 0, answer: 'Nothing is left behind.' });
    await expect(reap('yes', 'machine', 'mark=m1')).rejects.toThrow('--mark names one run');
    expect([server, worker].map(isAlive)).toEqual([true, true]);
    expect(history).toEqual([]);
  });

  it('lists orphans, needs --yes without a terminal, and ends them', async () => {
    const { session, server, worker, reap, history } = await left();
    const name = `a Claude session that is gone (pid ${session.pid}, session 1a2b3c4d)`;
    const line = ({ pid, command }: OwnProcess, evidence: string) =>
      `   ${String(pid).padStart(7)}  ${command}  (${evidence})`;
    expect((await reap('machine', 'dry-run')).answer).toBe(
      [`${name}: 2 processes, its session has ended`, line(server, 'claude'), line(worker, 'child')].join('\n'),
    );
    await expect(reap('machine')).rejects.toThrow('there is no terminal to ask on');
    expect((await reap('dry-run', 'mark=m1')).answer).toBe('Nothing is left behind.');
    expect([server, worker].map(isAlive)).toEqual([true, true]);
    const { status, answer } = await reap('machine', 'yes', 'grace=500ms');
    expect([status, answer]).toEqual([0, `${name}: 2 processes, its session has ended\n2 processes ended`]);
    expect([server, worker].map(isAlive)).toEqual([false, false]);
    expect(history).toEqual([
      {
        kind: 'orphans',
        name,
        why: 'its session has ended',
        session: { pid: session.pid, id: SESSION_ID },
        terminated: [
          { pid: server.pid, command: server.command, evidence: 'claude' },
          { pid: worker.pid, command: worker.command, evidence: 'ledger' },
        ],
        survivors: [],
      },
    ]);
  });

  it('names the session of orphans in JSON by the schema', async () => {
    const { session, server, worker, reap } = await left();
    const answer = JSON.parse((await reap('machine', 'dry-run', 'json')).answer);
    expectSchema('reap', answer);
    expect(answer.orphans).toMatchObject([
      {
        lease: null,
        session: { pid: session.pid, id: SESSION_ID },
        processes: [{ pid: server.pid, evidence: 'claude' }, { pid: worker.pid }],
      },
    ]);
  });
});
