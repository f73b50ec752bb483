/** Others at work while an attacker plants: commands of the victim, of a new user, and of root. */

import { TOKEN } from './attack-plantings.mjs';
import { USERS } from './attack-world.mjs';

/** No command waits so long for anything that was planted. */
const HANG_MS = 20_000;
/** A new agent waits so long for a slot by default (`hooks.wait`), where the planted numbers leave none. */
const SLOT_WAIT_MS = 20_000;
// Bytes that a terminal would follow: controls but tab and line feed, C1, direction marks.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNCLEAN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

export function openActors({ next, world, runs, slow }) {
  const pick = (items) => items[Math.floor(next() * items.length)];
  const figures = { commands: 0, refused: 0, slowestMs: 0, slowest: '' };

  const session = () => ({
    ...{ RESOURCE_MANAGER_LEASE: runs.victim.lease, RESOURCE_MANAGER_AGENT: `${runs.victim.project}/a` },
    ...{ RESOURCE_MANAGER_PROJECT: runs.victim.project, RESOURCE_MANAGER_MARK: runs.victim.mark },
    ...{ RESOURCE_MANAGER_HOLDER_PID: String(runs.victim.wrapper), CLAUDE_PID: String(runs.victim.holder) },
  });
  const hook = (event, more) => ({
    ...{ name: 'resource-manager', words: ['hook'], isHook: true, env: session() },
    input: JSON.stringify({
      ...{
        session_id: '1a2b3c4d-0000-4000-8000-000000000000',
        cwd: '/home/victim/docs',
        hook_event_name: event,
        ...more,
      },
    }),
  });
  const manager = (...words) => ({ name: 'resource-manager', words });

  const mine = { name: 'request-slots', words: ['mine', '1', '--no-queue', '--detached', '--ttl', '1h'] };
  const back = { name: 'release-slots', words: ['mine', '--all'] };
  const victims = [
    hook('PreToolUse', { tool_name: 'Bash', tool_input: { command: 'ls' }, tool_use_id: 't1' }),
    {
      ...hook('PreToolUse', { tool_name: 'Agent', tool_input: { prompt: 'x', subagent_type: 'y' }, tool_use_id: 't2' }),
      waitMs: SLOT_WAIT_MS,
    },
    hook('SessionStart', { source: 'startup' }),
    { name: 'resource-status', words: [] },
    { name: 'report-usage', words: [`${runs.victim.project}/a`, '--tokens', '1'] },
    manager('check', `${runs.victim.project}/a`),
    manager('doctor'),
    manager('queue'),
    manager('history'),
    manager('history', '--csv'),
    manager('reap', '-y'),
    manager('monitor', '--once'),
    manager('metrics'),
    manager('run', 'short', '--', 'true'),
    { name: 'resource-kill', words: ['short', '-y', '--grace', '100ms'] },
    manager('top', '--once'),
  ];
  const roots = [
    manager('doctor'),
    manager('doctor', '--fix'),
    manager('reap', '-y', '--grace', '100ms'),
    manager('history', '--json'),
    manager('report'),
    manager('budget', 'status'),
    manager('config', 'list'),
    manager('run', 'short', '--', 'true'),
    { name: 'request-slots', words: ['mine', '1', '--no-queue', '--detached', '--ttl', '1h'] },
    { name: 'resource-status', words: ['--json'] },
    { name: 'set-max', words: ['60'] },
  ];

  /** Chooses a set of commands: a request of the victim, and some commands of all users. */
  const choose = () => [
    ['victim', [mine, pick(victims), pick(victims), back]],
    ['root', [pick(roots), pick(roots)]],
    ...(next() < 0.4 ? [['newbie', [mine, back]]] : []),
  ];

  function act(user, { name, words, input = '', env = {}, isHook = false, waitMs = 0 }) {
    const from = performance.now();
    const child = world.begin(user, [...world.command(name), ...words], { env, stdio: ['pipe', 'pipe', 'pipe'] });
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    const timer = setTimeout(() => {
      child.isHung = true;
      child.kill('SIGKILL');
    }, HANG_MS + waitMs);
    return new Promise((resolve) => {
      child.once('close', (status, by) => {
        clearTimeout(timer);
        const ms = performance.now() - from;
        resolve({
          label: `${user} (${USERS[user]}): ${name} ${words.join(' ')}`,
          status,
          by,
          ms,
          text: child.text,
          isHung: child.isHung,
          isHook,
          waitMs,
        });
      });
    });
  }

  /** Complaints about one answer, in words. */
  function judge({ label, status, by, ms, text, isHung, isHook, waitMs }) {
    figures.commands += 1;
    if ([65, 73, 74, 77].includes(status)) figures.refused += 1;
    if (ms - waitMs > figures.slowestMs) Object.assign(figures, { slowestMs: ms - waitMs, slowest: label });
    const said = `${label}: exit ${by ?? status}: ${text.slice(0, 300).replaceAll('\n', ' | ')}`;
    const list = [];
    if (isHung) list.push(`hung: ${label}`);
    else if (by !== null) list.push(`killed: ${said}`);
    else if (ms > slow + waitMs) list.push(`blocked for ${(ms / 1_000).toFixed(1)} s: ${said}`);
    if (status === 70 || /internal error|^ {4}at .*[:(]\d+/m.test(text)) list.push(`internal error: ${said}`);
    if (status === 75 && /\block\b/.test(text)) list.push(`blocked by the lock: ${said}`);
    if (status !== 0 && /^error: cannot lock/m.test(text) && status !== 75) list.push(`refused by the lock: ${said}`);
    if (!label.includes('--json') && !isHook && UNCLEAN.test(text))
      list.push(`controls on the terminal: ${JSON.stringify(said)}`);
    if (isHook && text.includes(TOKEN)) list.push(`said to an agent: ${said}`);
    return list;
  }

  return {
    figures,
    choose,
    async perform(sets) {
      const lists = await Promise.all(
        sets.map(async ([user, actions]) => {
          const complaints = [];
          for (const action of actions) complaints.push(...judge(await act(user, action)));
          return complaints;
        }),
      );
      return lists.flat();
    },
  };
}
