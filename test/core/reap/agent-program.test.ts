/** Looks of agent programs in the process table, and looks of programs that only resemble them. */
import { expect, it } from 'vitest';
import { agentOf } from '../../../src/core/reap/agent-program.ts';

interface Look {
  readonly comm: string;
  readonly path?: string | null;
  readonly argv?: readonly string[];
}

function agentOfLook({ comm, path = null, argv = [] }: Look): string | null {
  const row = { pid: 9, parent: 1, group: 9, session: 9, tty: 0, started: 1, state: 'S', command: comm, rssBytes: 0 };
  return agentOf(row, { uid: 1000, program: path?.split('/').at(-1) ?? null, path, argv });
}

const MODULES = '/usr/lib/node_modules';
const NODE = '/usr/bin/node';

it.each<[string, Look]>([
  ['Claude', { comm: '2.1.231', path: '/home/a/.local/share/claude/versions/2.1.231', argv: ['claude'] }],
  ['Claude', { comm: '2.1.231', path: '/opt/a/claude/versions/2.1.231', argv: ['/opt/a/claude/versions/2.1.231'] }],
  ['Claude', { comm: 'sh', path: '/opt/claude-code/versions/2.1.231', argv: ['sh'] }],
  ['Claude', { comm: '2.1.231', argv: ['claude', '-p', 'x'] }],
  ['agent', { comm: '2.1.231' }],
  ['agent', { comm: '2.1.231-beta.1' }],
  ['agent', { comm: 'main', path: '/opt/cc/2.1.231', argv: ['main'] }],
  ['Claude', { comm: 'claude' }],
  ['Claude', { comm: 'claude.exe', path: '/x/bin/claude.exe' }],
  ['Claude', { comm: '.claude-wrapped', path: '/nix/store/abc-claude-code-2.1.231/bin/.claude-wrapped' }],
  ['Claude', { comm: 'claude-2.1.231', path: '/opt/claude-2.1.231' }],
  ['Claude', { comm: 'x', path: '/opt/claude-linux-x64-musl' }],
  ['Claude', { comm: 'node', path: NODE, argv: ['claude'] }],
  ['Claude', { comm: 'MainThread', path: NODE, argv: ['node', '/usr/local/bin/claude', '--resume'] }],
  ['Claude', { comm: 'node', path: NODE, argv: ['node', `${MODULES}/@anthropic-ai/claude-code/cli.js`] }],
  [
    'Claude',
    {
      comm: 'node',
      path: NODE,
      argv: ['node', '-r', './a.js', '--no-warnings', '/w/node_modules/@anthropic-ai/claude-agent-sdk/cli.js'],
    },
  ],
  ['Claude', { comm: 'sh', path: '/bin/dash', argv: ['/bin/sh', '/usr/local/bin/claude', '-p', 'x'] }],
  ['Claude', { comm: 'bun', path: '/usr/bin/bun', argv: ['bun', 'run', '/w/node_modules/.bin/claude'] }],
  ['Claude', { comm: 'claude', path: '/usr/bin/sleep', argv: ['claude', '400'] }],
  ['Codex', { comm: 'node', path: NODE, argv: ['node', `${MODULES}/@openai/codex/bin/codex.js`, 'exec', 'x'] }],
  ['Codex', { comm: 'codex', path: `${MODULES}/@openai/codex/vendor/x86_64-unknown-linux-musl/codex/codex` }],
  ['Codex', { comm: 'codex-x86_64-un', path: '/opt/codex-x86_64-unknown-linux-musl', argv: ['codex'] }],
  ['Codex', { comm: 'codex-x86_64-un' }],
  ['Gemini', { comm: 'node', path: NODE, argv: ['node', '--max-old-space-size=8192', '/usr/bin/gemini'] }],
  ['Gemini', { comm: 'node', path: NODE, argv: ['node', `${MODULES}/@google/gemini-cli/bundle/gemini.js`, '-p', 'x'] }],
  ['Gemini', { comm: 'deno', path: '/usr/bin/deno', argv: ['deno', 'run', '-A', 'npm:@google/gemini-cli@0.30'] }],
  ['Gemini', { comm: 'npm exec @googl', path: NODE, argv: ['npm exec @google/gemini-cli'] }],
  ['OpenCode', { comm: 'opencode', path: '/home/a/.opencode/bin/opencode' }],
  ['OpenCode', { comm: '.opencode', path: `${MODULES}/opencode-ai/bin/.opencode` }],
  ['OpenCode', { comm: 'node', path: NODE, argv: ['opencode serve'] }],
  ['Qwen', { comm: 'node', path: NODE, argv: ['node', '/usr/bin/qwen'] }],
  ['Cursor', { comm: 'node', path: '/home/a/.local/share/cursor-agent/versions/2026.11.20-ab/node', argv: ['x'] }],
  ['Cursor', { comm: 'node', path: NODE, argv: ['/home/a/.local/bin/cursor-agent', '/x/index.js'] }],
  ['Aider', { comm: 'python3', path: '/usr/bin/python3.12', argv: ['/usr/bin/python3', '/home/a/.local/bin/aider'] }],
  ['Aider', { comm: 'python3', path: '/usr/bin/python3', argv: ['python3', '-m', 'aider', '--yes'] }],
])('%s: %j', (want, look) => {
  expect(agentOfLook(look)).toBe(want);
});

it.each<Look>([
  { comm: 'sleep', path: '/usr/bin/sleep', argv: ['sleep', '400'] },
  { comm: 'kworker/0:1' },
  { comm: 'node', path: NODE, argv: ['node', 'server.js', 'claude'] },
  { comm: 'node', path: NODE, argv: ['node', '/w/.claude/worktrees/claude/server.js'] },
  { comm: 'node', path: NODE, argv: ['node', '/home/a/.claude/plugins/x/server.js', '/usr/bin/claude'] },
  { comm: 'node', path: NODE, argv: ['node', '-e', 'x', 'claude'] },
  { comm: 'node', path: NODE, argv: ['node', `${MODULES}/@anthropic-ai/claude-code/node_modules/server/index.js`] },
  { comm: 'node', path: NODE, argv: ['node', `${MODULES}/@anthropic-ai/claude-code-mcp/index.js`] },
  { comm: 'claude-mem', path: '/usr/bin/claude-mem' },
  { comm: 'bash', path: '/bin/bash', argv: ['bash', '-c', 'claude'] },
  { comm: 'bash', path: '/bin/bash', argv: ['/bin/bash', '-lc', 'source /home/a/.claude/x.sh', 'claude'] },
  { comm: 'python3', path: '/usr/bin/python3', argv: ['python3', '-m', 'http.server', '--directory', 'claude'] },
  { comm: 'vim', path: '/usr/bin/vim', argv: ['vim', 'claude'] },
  { comm: 'postgres', path: '/opt/pg/versions/18.1/bin/postgres', argv: ['postgres'] },
  // The search of a session is its own program under another first word, and a tool of that session.
  { comm: '2.1.231', path: '/home/a/.local/share/claude/versions/2.1.231', argv: ['ugrep', '-G', 'x'] },
  { comm: 'claude', path: '/usr/bin/claude', argv: ['/usr/bin/rg', 'x'] },
  { comm: 'codex', path: '/usr/bin/codex', argv: ['codex-linux-sandbox', '--', 'make'] },
])('none: %j', (look) => {
  expect(agentOfLook(look)).toBeNull();
});
