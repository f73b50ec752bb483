/** A budget of 0 is a budget of nothing, in what is enforced and on every screen; it is never called unlimited. */
import { describe, expect, it } from 'vitest';
import { type CommandName, sandbox } from '../helpers/cli.ts';

interface Amounts {
  readonly tokens: number | null;
  readonly time_seconds: number | null;
  readonly cost: number | null;
}

describe('a budget of 0', () => {
  it('stops its agent and is shown as 0', () => {
    const box = sandbox();
    const allocated = box.run('resource-manager', ['budget', 'allocate', 'a/b', '--cost', '0']);
    expect(allocated.stdout).toContain('allocated $0.00; used nothing');
    expect(box.run('resource-manager', ['check', 'a/b']).status).toBe(1);
    expect(box.run('report-usage', ['a/b', '--reserve', 'cost=0.10', '--id', 'x']).status).toBe(75);
    expect(box.json('report-usage', ['a/b', '--cost', '0.5']).answer).toMatchObject({ action: 'stop' });
    box.run('resource-manager', ['budget', 'allocate', 'c/d', '--tokens', '0', '--time', '0']);
    const screens: readonly (readonly [CommandName, ...string[]])[] = [
      ['resource-manager', 'budget', 'status', 'a/b'],
      ['resource-manager', 'check', 'c/d'],
      ['resource-manager', 'efficiency', 'a/b'],
      ['resource-manager', 'forecast', 'c/d'],
      ['resource-manager', 'report'],
      ['resource-manager', 'history'],
      ['resource-manager', 'top', '--once'],
    ];
    for (const [command, ...args] of screens)
      expect([args.join(' '), box.run(command, args).stdout]).toEqual([
        args.join(' '),
        expect.not.stringMatching(/no limit|no budget|unlimited|without limits|[0-9]{4,}%/),
      ]);
    const { answer } = box.json<{ agents: { allocated: Amounts }[] }>('resource-manager', ['budget', 'status']);
    expect(answer.agents.map(({ allocated }) => allocated)).toEqual([
      { tokens: null, time_seconds: null, cost: 0 },
      { tokens: 0, time_seconds: 0, cost: null },
    ]);
    const metrics = box.run('resource-manager', ['metrics']).stdout;
    expect(metrics).toContain('resource_manager_budget_allocated_dollars{agent="a/b",workflow="default"} 0\n');
    const page = box.run('resource-manager', ['report', '--html', '-']).stdout;
    expect(/Agents that exceeded their budgets[\s\S]{0,600}/.exec(page)?.[0]).toContain('$0.00');
    expect(box.run('resource-manager', ['efficiency', 'c/d']).stdout).toContain('100% of its tokens');
  });

  it('is shown as 0 for a whole workflow, and gives nothing', () => {
    const box = sandbox();
    const total = box.run('resource-manager', ['budget', 'total', '--tokens', '0']);
    expect(total.stdout).toContain('Workflow default: 0 tokens\n');
    expect(total.stdout).toContain('pool 0 tokens;');
    expect(box.run('resource-manager', ['budget', 'allocate', 'a/b', '--tokens', '1']).status).toBe(69);
    box.run('resource-manager', ['budget', 'allocate', 'c/d', '--cost', '5']);
    expect(box.json('report-usage', ['c/d', '--tokens', '1k']).answer).toMatchObject({ action: 'stop' });
    expect(box.json('resource-manager', ['budget', 'status']).answer).toMatchObject({ total: { tokens: 0 } });
    const metrics = box.run('resource-manager', ['metrics']).stdout;
    expect(metrics).toContain('resource_manager_workflow_budget_limit_tokens{workflow="default"} 0\n');
    // The pool of an unlimited total is unlimited, not empty.
    const open = box.run('resource-manager', ['budget', 'allocate', 'e/f', '--workflow', 'open', '--cost', '1']);
    expect(open.status).toBe(0);
    expect(box.run('resource-manager', ['budget', 'status', '--workflow', 'open']).stdout).toContain('pool no limit;');
  });

  it('is a wait, a time limit or a count that is refused where 0 would mean no limit', () => {
    const box = sandbox();
    expect(box.run('request-slots', ['p', '1', '--detached', '--ttl', '0s'])).toMatchObject({
      status: 64,
      stderr: expect.stringContaining('--ttl must be above 0'),
    });
  });
});
