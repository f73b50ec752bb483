/** Every --json answer against its published schema. */
import { expect, it } from 'vitest';
import { aProcess, type CommandName, sandbox, until } from '../helpers/cli.ts';
import { expectSchema, SCHEMA_NAMES } from '../helpers/schema.ts';

it('holds for every answer, and every schema has an answer', async () => {
  const strained = sandbox(2, {
    config: 'monitor: { memory_dwell: 0s }\n',
    slots: 'max_slots: 2\nvm_limits: { max_memory_percent: 0 }\nleases: []\nqueue: []\n',
  });
  const monitor = strained.begin('resource-manager', ['monitor', '--interval', '100ms', '--json']);
  const box = sandbox(10, { config: 'project_priorities: { consilio: 10 }\n' });
  const seen = new Set<string>();
  const check = (schema: string, status: number, command: CommandName, ...args: string[]) => {
    const result = box.json(command, args);
    expect(result.status, JSON.stringify(result.answer)).toBe(status);
    expectSchema(schema, result.answer);
    seen.add(schema);
    return result.answer;
  };
  const holder = String(aProcess().pid);
  check('request', 0, 'request-slots', 'consilio', '6', '--agents', 'auth,api', '--pid', holder);
  check('request', 0, 'request-slots', 'other', '2', '--detached', '--ttl', '15m');
  check('request', 75, 'request-slots', 'odin', '3', '--min', '3', '--pid', holder);
  check('request', 75, 'request-slots', 'tail', '9', '--no-queue');
  check('request', 69, 'request-slots', 'tail', '11');
  check('request', 124, 'request-slots', 'tail', '10', '--wait=50ms');
  check('status', 0, 'resource-status');
  check('status', 0, 'resource-status', 'CONSILIO');
  check('queue', 0, 'resource-manager', 'queue');
  check('set-max', 0, 'set-max', '12');
  check('status', 0, 'resource-status');
  check('release', 0, 'release-slots', 'consilio', '2');
  check('request', 75, 'request-slots', 'late', '12');
  check('cancel', 0, 'resource-manager', 'cancel', 'late');
  check('init', 0, 'resource-manager', 'init');
  check('config-list', 0, 'resource-manager', 'config', 'list');
  check('config-value', 0, 'resource-manager', 'config', 'get', 'project_priorities.consilio');
  check('config-value', 0, 'resource-manager', 'config', 'set', 'strategy', 'priority');
  check('monitor', 0, 'resource-manager', 'monitor', '--once');
  check('metrics', 0, 'resource-manager', 'metrics');
  check('status', 0, 'resource-status');
  check('doctor', 0, 'resource-manager', 'doctor');
  check('reap', 0, 'resource-manager', 'reap', '--dry-run');
  check('service', 0, 'resource-manager', 'service', 'install', '--dry-run');
  check('service-status', 1, 'resource-manager', 'service', 'status');
  check('kill', 0, 'resource-kill', 'consilio', '--dry-run');
  check('kill', 0, 'resource-kill', 'consilio', '-y');
  check('budget-status', 0, 'resource-manager', 'budget', 'status');
  check('budget-status', 0, 'resource-manager', 'budget', 'total', '--tokens', '1M', '--cost', '50');
  check('budget-agent', 0, 'resource-manager', 'budget', 'allocate', 'odin/auth', '--tokens', '50k', '--per', 'day');
  check('budget-agents', 0, 'resource-manager', 'budget', 'equal', 'a', 'b', '--tokens', '10k');
  check('report-usage', 0, 'report-usage', 'odin/auth', '--tokens', '40k', '--id', 'k');
  check('report-usage', 75, 'report-usage', 'odin/auth', '--reserve', '20k');
  check('report-usage', 0, 'supervisor-report-usage', 'odin/auth', '--reserve', '2k');
  check('check', 0, 'resource-manager', 'check', 'odin/auth');
  check('check', 0, 'resource-manager', 'stop', 'odin/auth', '--reason', 'enough');
  check('check', 1, 'resource-manager', 'check', 'odin/auth');
  check('budget-agent', 0, 'resource-manager', 'budget', 'status', 'odin/auth');
  check('budget-rebalance', 0, 'resource-manager', 'budget', 'rebalance', '-n');
  check('budget-release', 0, 'resource-manager', 'budget', 'release', 'odin/auth');
  check('budget-status', 0, 'resource-manager', 'budget', 'status');
  const denied = box.run('resource-manager', ['run', 'odin', '--slots', '13', '--json', '--', 'true']);
  expectSchema('request', JSON.parse(denied.stdout));
  const event = await until('a monitor tells of something', () => monitor.stdout().split('\n')[0] || null);
  expectSchema('monitor-event', JSON.parse(event));
  seen.add('monitor-event');
  check('error', 64, 'request-slots', 'odin', '0');
  check('error', 64, 'request-slots', '--nonsense');
  check('error', 66, 'resource-status', 'nobody');
  check('error', 66, 'release-slots', 'nobody');
  expect([...seen].sort()).toEqual([...SCHEMA_NAMES].sort());
});
