/** A screen may still name what the next command finds ended: its holder has just died. */
import { describe, expect, it } from 'vitest';
import { aProcess, kill, sandbox } from '../helpers/cli.ts';
import { expectSchema } from '../helpers/schema.ts';

/** A pool of two slots: `held` has both, `nova` waits for one, and the holders of both have died. */
async function justEnded() {
  const box = sandbox(2);
  const [holder, waiting] = [aProcess(), aProcess()];
  expect(box.run('request-slots', ['held', '2', '--pid', String(holder.pid)]).status).toBe(0);
  expect(box.run('request-slots', ['nova', '1', '--pid', String(waiting.pid)]).status).toBe(75);
  await Promise.all([kill(holder), kill(waiting)]);
  return box;
}

describe('just after the holder died', () => {
  it.each(['nova', 'T2'])('cancel %s says that the request was dropped', async (target) => {
    const box = await justEnded();
    const { status, stdout } = box.run('resource-manager', ['cancel', target]);
    expect([status, stdout.trim()]).toEqual([
      0,
      'Not in the queue any more: T2: 1 slot for nova, dropped because its holder is gone',
    ]);
    expect(box.run('resource-manager', ['cancel', target]).status).toBe(66);
  });

  it('cancel --dry-run says the same each time, and its JSON follows the schema', async () => {
    const box = await justEnded();
    for (const _ of [1, 2]) {
      const answer = JSON.parse(box.run('resource-manager', ['cancel', 'nova', '--dry-run', '--json']).stdout);
      expectSchema('cancel', answer);
      expect(answer).toMatchObject({ cancelled: [], dropped: [{ ticket: 'T2', project: 'nova', why: 'holder-gone' }] });
    }
  });

  it('release-slots says that the slots came free', async () => {
    const box = await justEnded();
    const { status, stderr } = box.run('release-slots', ['held', '--all']);
    expect(status).toBe(66);
    expect(stderr).toContain('held holds no slots');
    expect(stderr).toContain('its 2 slots came free when the holder ended or the time was up');
  });

  it('resource-kill finds nothing left to end', async () => {
    const box = await justEnded();
    const { status, stdout } = box.run('resource-kill', ['held', '--yes']);
    expect([status, stdout]).toEqual([0, expect.stringContaining('0 slots released')]);
  });
});
