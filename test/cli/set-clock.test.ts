/**
 * Commands, a run, a waiting process and a monitor on a machine whose clock is set 20 times, by hours to decades, both ways.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { aProcess, sandbox, temporaryFolder, until } from '../helpers/cli.ts';
import { canUnshare, inNamespaces } from '../helpers/namespace.ts';
import { canPreload, settableClock } from '../helpers/set-clock.ts';

const [HOUR, DAY, YEAR] = [3_600, 86_400, 365 * 86_400];
/** Seconds by which the clock is ahead, one after the other. */
const JUMPS = [
  ...[HOUR, 0, 5 * HOUR, -5 * HOUR, DAY, -2 * DAY, 30 * DAY, -30 * DAY, YEAR, -YEAR],
  ...[10 * YEAR, -10 * YEAR, 40 * YEAR, -40 * YEAR, 73 * YEAR, 0, 3 * HOUR, -26 * HOUR, 2 * YEAR, 0],
];

interface Times {
  readonly acquired_at: string;
  readonly expires_at: string | null;
}

function aPool(config = '') {
  const clock = settableClock(temporaryFolder());
  const pool = sandbox(5, { config: `slot_memory: 0\ncontainment: ledger\n${config}` });
  let ahead = 0;
  const env = clock.variables;
  const leases = (): ReadonlyMap<string, readonly Times[]> => {
    const { answer } = pool.json<{ projects: { project: string; leases: Times[] }[] }>('resource-status', [], env);
    return new Map(answer.projects.map((one) => [one.project, one.leases]));
  };
  return {
    ...pool,
    leases,
    run: (command: Parameters<typeof pool.run>[0], args: readonly string[]) => pool.run(command, args, env),
    begin: (command: Parameters<typeof pool.run>[0], args: readonly string[]) => pool.begin(command, args, env),
    set(seconds: number): void {
      ahead = seconds;
      clock.set(seconds);
    },
    now: (): number => Date.now() + ahead * 1000,
    window: (): readonly number[] =>
      ['started_at', 'ends_at'].map((key) =>
        Date.parse(new RegExp(`"window":.*?"${key}":"([^"]+)"`).exec(pool.slotsText())?.[1] ?? ''),
      ),
    history: (): string =>
      readdirSync(join(pool.dir, 'history'))
        .map((name) => readFileSync(join(pool.dir, 'history', name), 'utf8'))
        .join(''),
  };
}

describe(`a clock that is set by ${canPreload ? 'a preloaded library' : 'a patch of Date, for want of a C compiler'}`, () => {
  it('20 times frees nothing early and leaves nothing stuck', async () => {
    const { run, begin, set, now, leases, window, slotsText, history } = aPool();
    const holder = aProcess();
    expect(run('request-slots', ['detached', '1', '--detached', '--ttl', '2h']).status).toBe(0);
    expect(run('request-slots', ['held', '2', '--pid', `${holder.pid}`]).status).toBe(0);
    const work = begin('resource-manager', ['run', 'work', '--', 'sleep', '600']);
    await until('the run is recorded', () => slotsText().includes('"root":{'));
    expect(run('request-slots', ['last', '1', '--detached', '--ttl', '3h']).status).toBe(0);
    const waiter = begin('request-slots', ['waits', '1', '--detached', '--ttl', '1h', '--wait']);
    await until('the waiter waits', () => slotsText().includes('"ticket"'));
    run('resource-manager', ['budget', 'allocate', 'app/x', '--tokens', '1000', '--per', 'day']);
    const begunAt = Date.now();

    // Days that are too old by the present clock are removed from the history.
    const said = new Set<string>();
    for (const [at, seconds] of JUMPS.entries()) {
      set(seconds);
      const used = run('report-usage', ['app/x', '--tokens', '1']);
      expect({ at, seconds, status: used.status, stderr: used.stderr }).toMatchObject({ status: 0 });
      const [startsAt = 0, endsAt = 0] = window();
      expect({ at, seconds, isPresent: startsAt <= now() && now() < endsAt }).toMatchObject({ isPresent: true });
      const held = leases();
      for (const [project, hours] of [
        ['detached', 2],
        ['last', 3],
      ] as const) {
        const [lease] = held.get(project) ?? [];
        const leftMs = Date.parse(lease?.expires_at ?? '') - now();
        const errorMs = Math.abs(hours * HOUR * 1000 - (Date.now() - begunAt) - leftMs);
        expect({ at, seconds, project, isRight: errorMs < 5_000, leftMs }).toMatchObject({ isRight: true });
      }
      expect([...held.keys()].sort()).toEqual(['detached', 'held', 'last', 'work']);
      expect(slotsText()).toContain('"ticket"');
      for (const line of history().match(/.*"kind":"clock-set".*/g) ?? []) said.add(line);
      expect([work, waiter].map(({ child }) => child.exitCode)).toEqual([null, null]);
    }

    expect(said.size).toBe(JUMPS.length);

    // The clock is right again: what is freed is granted at once, and new time limits hold.
    expect(run('release-slots', ['last', '--all']).status).toBe(0);
    expect((await waiter.result).status).toBe(0);
    expect(run('release-slots', ['waits', '--all']).status).toBe(0);
    expect(run('request-slots', ['short', '1', '--detached', '--ttl', '2s']).status).toBe(0);
    const shortAt = Date.now();
    set(-YEAR);
    await until('the short lease ends', () => !leases().has('short'));
    expect(Date.now() - shortAt).toBeGreaterThan(1_500);
    expect(run('report-usage', ['app/x', '--tokens', '1']).status).toBe(0);
    expect(
      history()
        .match(/"kind":"reclaimed".*/g)
        ?.map((line) => /"project":"(\w+)"/.exec(line)?.[1]),
    ).toEqual(['short']);
    work.child.kill('SIGTERM');
    expect((await work.result).status).toBe(143);
    // A duration is not that of the wall clock.
    const ran = /"kind":"run".*/.exec(history())?.[0] ?? '';
    const seconds = Number(/"(?:duration_seconds|seconds|duration)":([\d.]+)/.exec(ran)?.[1]);
    expect({ ran, isRight: seconds > 0 && seconds < 600 }).toMatchObject({ isRight: true });
  });

  it('ends offers, reservations and grace periods in their time', async () => {
    const { run, begin, set, leases, slotsText } = aPool('claim_within: 2s\nbudget: { reservation_ttl: 2s }\n');
    run('request-slots', ['all', '5', '--detached', '--ttl', '1h']);
    expect(run('request-slots', ['absent', '1', '--detached', '--ttl', '1h']).status).toBe(75);
    run('resource-manager', ['budget', 'allocate', 'app/x', '--tokens', '1000']);
    const stubborn =
      "process.on('SIGTERM', () => console.log('asked')); setInterval(() => {}, 1000); console.log('up')";
    for (const seconds of [-10 * YEAR, 10 * YEAR, 0]) {
      set(-seconds);
      run('release-slots', ['all', '1']);
      run('report-usage', ['app/x', '--reserve', '5']);
      expect(slotsText()).toMatch(/"offered_until":"/);
      expect(slotsText()).toContain('"reservations":[{');
      set(seconds);
      await until('the offer lapses', () => {
        run('report-usage', ['app/x', '--tokens', '1']);
        return /"lapsed_at"/.test(slotsText()) && !slotsText().includes('"reservations":[{');
      });
      run('request-slots', ['all', '1', '--detached', '--ttl', '1h', '--no-queue']);
      run('request-slots', ['absent', '1', '--detached', '--ttl', '1h']);
      run('release-slots', ['absent', '--all']);
      run('request-slots', ['all', '1', '--detached', '--ttl', '1h', '--no-queue']);
      run('request-slots', ['absent', '1', '--detached', '--ttl', '1h']);
    }
    set(0);
    run('release-slots', ['all', '--all']);
    const work = begin('resource-manager', ['run', 'work', '--', process.execPath, '-e', stubborn]);
    await until('it is up', () => work.stdout().includes('up') && slotsText().includes('"root":{'));
    const killing = begin('resource-manager', ['kill', 'work', '--yes', '--grace', '2s']);
    await until('it is asked to end', () => work.stdout().includes('asked'));
    set(-10 * YEAR);
    expect((await killing.result).status).toBe(0);
    expect(leases().has('work')).toBe(false);
  });
});

const MONITOR = `
export CLOCK_OFFSET LD_PRELOAD NODE_OPTIONS
sleep 300 & sleeper=$!
request-slots odin 1 --detached --ttl 1h > /dev/null
request-slots dead 1 --pid $sleeper > /dev/null
resource-manager monitor --no-kill --interval 1s > "$D/said" 2>&1 &
monitor=$!
until_ 'grep -q "sampled_at: 2" "$D/slots.yaml"'
for seconds in $JUMPS; do
  "$NODE" -e 'const b = Buffer.alloc(8); b.writeBigInt64LE(BigInt(process.argv[2])); const fs = require("fs"); const fd = fs.openSync(process.argv[1], "r+"); fs.writeSync(fd, b, 0, 8, 0)' "$CLOCK_OFFSET" $seconds
  # The monitor writes the moved state by itself, and goes on to look around and to keep the history.
  year=$("$NODE" -p 'new Date().toISOString().slice(0, 4)')
  until_ 'grep -q "sampled_at: $year" "$D/slots.yaml"'
  resource-status --json | grep -q '"project":"odin"' || { echo lost after $seconds; exit 98; }
done
grep -q '"project":"dead"' "$D/slots.yaml" || { echo lost; exit 97; }
kill -9 $sleeper; wait $sleeper 2> /dev/null
until_ '! grep -q "\\"project\\":\\"dead\\"" "$D/slots.yaml"'
kill $monitor; wait $monitor; echo ended $?
`;

describe.runIf(canUnshare)('a monitor', () => {
  it('goes on while the clock is set, and sees a dead holder at once afterwards', () => {
    const clock = settableClock(temporaryFolder());
    const own = Object.entries(clock.variables).map(([name, value]) => `${name}='${value}'`);
    const jumps = `JUMPS='${[YEAR, -YEAR, 73 * YEAR, -40 * YEAR, 0].join(' ')}'`;
    const { stdout, dir } = inNamespaces([...own, jumps, MONITOR].join('\n'));
    expect(stdout).toBe('ended 0\n');
    expect(readFileSync(join(dir, 'said'), 'utf8')).not.toContain('trouble');
  });
});

describe.runIf(canUnshare)('a time namespace', () => {
  it('makes no difference to the time of a lease', () => {
    const script = `
request-slots out 1 --detached --ttl 1h > /dev/null
before=$(grep '^clock:' "$D/slots.yaml")
unshare -T --boottime 86400000 --monotonic 86400000 -f request-slots in 1 --detached --ttl 1h > /dev/null
unshare -T --boottime 100000 -f resource-status --json | grep -o '"project":"[a-z]*"' | tr '\\n' ' '
[ "$(grep '^clock:' "$D/slots.yaml")" = "$before" ] && echo same clock`;
    const { stdout } = inNamespaces(script);
    expect(stdout).toBe('"project":"out" "project":"in" same clock\n');
  });
});

describe.runIf(canUnshare)('a container with an uptime of its own', () => {
  it('reads the clock of the machine', () => {
    const script = `
request-slots out 1 --detached --ttl 1h > /dev/null
before=$(grep '^clock:' "$D/slots.yaml")
echo '12.34 10.00' > "$D/uptime"; mount --bind "$D/uptime" /proc/uptime
request-slots in 1 --detached --ttl 1h > /dev/null
[ "$(grep '^clock:' "$D/slots.yaml")" = "$before" ] && echo same clock`;
    expect(inNamespaces(script).stdout).toBe('same clock\n');
  });
});
