/** In a pool of several users, what one of them writes never acts on the processes of another. */
import { describe, expect, it } from 'vitest';
import { besideMembers, canUnshare } from '../helpers/namespace.ts';

/** Processes of root and of the victim that have asked for no slot. */
const DECOYS = `
sleep 600 & root=$!
start $V sleep 601; victim=$!
until_ 'grep -q "(sleep)" /proc/$victim/stat'
`;
const LONG_AGO = '2026-01-01T00:00:00.000Z';
const ENDING = `ending: {since: ${LONG_AGO}, why: x, by: person}`;
const planted = (id: string, more: string): string =>
  `plant "{id: ${id}, project: bait, slots: 1, acquired_at: ${LONG_AGO}, expires_at: null, agents: [], ${more}}"\n`;
const runOf = (pid: string, more = ''): string =>
  `holder: {pid: 999999, started: 1}, run: {containment: ledger, mark: m, numbers: [1], root: $(ref ${pid})${more}}`;

/** A run of the victim with its process in $agent, its wrapper in $wrapper. */
const RUN = `
start $V resource-manager run odin -- sleep 602; wrapper=$!
until_ 'grep -q "\\"root\\":{" "$S/slots.yaml"'
agent=$(grep -o '"root":{"pid":[0-9]*' "$S/slots.yaml" | grep -o '[0-9]*$')
`;
const EACH_ACTS = `
for uid in 0 $V; do
  as $uid resource-manager monitor --once > /dev/null; as $uid resource-manager reap --machine --yes > /dev/null
  as $uid resource-kill bait --yes; echo "status $?"
done
`;
const vouchers = 'echo "vouchers: $(ls $S/users/$V/leases | wc -l)"';

describe.runIf(canUnshare)('a lease that a member of the group has written', () => {
  it.each([
    ['names a holder', `holder: $(ref $PID), ${ENDING}`],
    ['names the command of a run whose wrapper is dead', runOf('$PID')],
    ['names a run that is being ended', `${runOf('$PID')}, ${ENDING}`],
    ['names a session', `holder: $(ref $PID), spawn: {session: s, heard_at: ${LONG_AGO}}, ${ENDING}`],
  ])('and that %s of another user ends nothing, and keeps its slots', (_what, more) => {
    const { stdout } = besideMembers(`${DECOYS}
${planted('L90', more.replaceAll('$PID', '$root'))}${planted('L91', more.replaceAll('$PID', '$victim'))}${EACH_ACTS}
alive $root root; alive $victim victim; resource-status | grep -o './7 used'`);
    expect(stdout.match(/L9. is left alone and keeps 1 slot: no user has recorded/g)).toHaveLength(4);
    expect(stdout.match(/status 1/g)).toHaveLength(2);
    expect(stdout.slice(-33)).toBe('root alive\nvictim alive\n2/7 used\n');
  });

  it('names folders, marks and files of others in vain', () => {
    const { stdout } = besideMembers(`${DECOYS}
echo 'root:x' > /var/lib/passwords; mkdir /var/lib/home/$M/cg /var/lib/marks; cd /var/lib/home/$M
for pid in $root $victim; do echo $pid >> cg/cgroup.procs; done
ln -s /var/lib/passwords cg/cgroup.freeze; ln -s /var/lib/passwords cg/cgroup.kill; chown -R $M cg; cd /
${planted('L90', `holder: $(ref $root), run: {containment: cgroup, folder: /var/lib/home/$M/cg, mark: m, numbers: [1], root: null}, paused_at: ${LONG_AGO}`)}
${planted('L91', `holder: $(ref $root), run: {containment: ledger, mark: ../../../marks/x, numbers: [2], root: $(ref $root)}, ${ENDING}`)}${EACH_ACTS}
alive $root root; alive $victim victim; cat /var/lib/passwords; ls /var/lib/marks`);
    expect(stdout.slice(-31)).toBe('root alive\nvictim alive\nroot:x\n');
  });
});

describe.runIf(canUnshare)('a run in a shared pool', () => {
  it('is ended by its own user, who then vouches for nothing', () => {
    const { stdout } = besideMembers(`${RUN}
alive $agent agent; ${vouchers}; stat -c '%U %a' $S/users/$V/leases/*
as $M resource-kill odin --yes; echo "status $?"; alive $agent agent; grep -q '"ending"' $S/slots.yaml && echo marked
resource-kill odin --yes; echo "status $?"; alive $agent agent
as $V resource-kill odin --yes; echo "status $?"; alive $agent agent
until_ '[ ! -e /proc/$wrapper ]'; ${vouchers}; resource-status | grep -o './7 used'`);
    expect(stdout).not.toContain('marked');
    expect(stdout).toMatch(/^agent alive\nvouchers: 1\nUNKNOWN 644\n/);
    expect(
      stdout.match(/left alone and keeps 1 slot: it is of user 12002\n[\s\S]*?status 1\nagent alive/g),
    ).toHaveLength(2);
    expect(stdout).toMatch(/1 slot released\n[\s\S]*status 0\nagent ended\nvouchers: 0\n0\/7 used\n$/);
  });

  it('whose ending another user has recorded goes on', () => {
    const { stdout } = besideMembers(
      `${RUN}
as $M sed -i 's/"root":{/"x":1,&/; s/^\\( *- {.*\\)}$/\\1,"ending":{"since":"${LONG_AGO}","why":"x","by":"budget"},"paused_at":"${LONG_AGO}"}/' $S/slots.yaml
grep -c '"ending"' $S/slots.yaml
as $V resource-manager monitor --once > /dev/null; resource-manager monitor --once > /dev/null
as $V request-slots hera 1 --pid $wrapper > /dev/null; as $V resource-manager reap --yes > /dev/null
alive $agent agent; alive $wrapper wrapper`,
      { config: 'budget: { on_stop: kill }\n' },
    );
    expect(stdout).toBe('1\nagent alive\nwrapper alive\n');
  });

  it('is not taken for an ended one when another user takes its lease out of the state', () => {
    const { stdout } = besideMembers(`${RUN}
as $M sed -i 's/^ *- {.*"odin".*$//' $S/slots.yaml; ! grep -q odin-x "$S/slots.yaml"
as $V resource-manager reap --yes; as $V resource-kill odin --yes; alive $agent agent
kill -9 $wrapper; until_ '! grep -q " [RSDT] " /proc/$agent/stat 2> /dev/null'; alive $agent agent`);
    expect(stdout).toMatch(/Nothing is left behind.\n[\s\S]*agent alive\nagent ended\n$/);
  });

  it('is not taken for an ended one when its voucher is moved away as well', () => {
    const { stdout } = besideMembers(`${RUN}
as $M mv $S/users $S/away; as $M sed -i 's/^ *- {.*"odin".*$//' $S/slots.yaml
as $V resource-manager reap --yes; as $V resource-kill odin --yes; alive $agent agent
kill -9 $wrapper; until_ '! grep -q " [RSDT] " /proc/$agent/stat 2> /dev/null'; alive $agent agent`);
    expect(stdout).toMatch(/Nothing is left behind.\n[\s\S]*agent alive\nagent ended\n$/);
  });

  it.each([
    ['its command', 's/"root":{"pid":[0-9]*/"root":{"pid":1/'],
    ['its mark', 's/"mark":"[^"]*"/"mark":"m"/'],
    ['its project', 's/odin/hera/'],
    ['its folder', 's/"mark"/"folder":"\\/tmp\\/x","mark"/'],
  ])('is left alone when another user has changed %s', (what, change) => {
    const { stdout } = besideMembers(`${RUN}
as $M sed -i '/root/${change}' $S/slots.yaml
as $V resource-kill ${what === 'its project' ? 'hera' : 'odin'} --yes | grep -o 'left alone'; alive $agent agent`);
    expect(stdout).toBe('left alone\nagent alive\n');
  });

  it('that another user has let start is ended by its own user', () => {
    const { stdout } = besideMembers(`
as $M request-slots hera 7 --detached > /dev/null
start $V resource-manager run odin --wait -- sleep 602; wrapper=$!
until_ 'grep -q "ticket" "$S/slots.yaml"'; ${vouchers}
as $M release-slots hera 7 > /dev/null; until_ 'grep -q "\\"root\\":{" "$S/slots.yaml"'
as $V resource-kill odin --yes | grep terminated; until_ '[ ! -e /proc/$wrapper ]'; ${vouchers}`);
    expect(stdout).toMatch(/^vouchers: 1\n +1 agent terminated \(1 process\)\nvouchers: 0\n$/);
  });

  it('is ended by its guard when its wrapper is killed', () => {
    const { stdout } = besideMembers(`${RUN}
kill -9 $wrapper; until_ '! grep -q " [RSDT] " /proc/$agent/stat 2> /dev/null'; alive $agent agent
until_ 'resource-status | grep -q 0/7'; ${vouchers}`);
    expect(stdout).toBe('agent ended\nvouchers: 0\n');
  });
});

it.runIf(canUnshare)('the first commands of several users set no folder of another aside', () => {
  const { stdout } = besideMembers(`
for round in 1 2 3 4; do
  rm -rf $S/users; for uid in 0 $M $V; do start $uid request-slots p$round$uid 1 --pid $$ > /dev/null; done; wait
  echo $(ls $S/users) $(ls -d $S/users?* 2> /dev/null)
done`);
  expect(stdout).toBe('0 12001 12002\n'.repeat(4));
});

describe.runIf(canUnshare)('monitors of a shared pool', () => {
  const BEGIN = (uid: string, name: string): string =>
    `start ${uid} resource-manager monitor --interval 1s > /var/lib/home/${name}.log; ${name}=$!
until_ '[ -e "$S/users/'${uid}'/monitor.lock/held."* ]'\n`;

  it('run one for each user, whatever slots.yaml says of them', () => {
    const { stdout } = besideMembers(`
sleep 600 & decoy=$!
as $M bash -c "echo 'monitor: $(ref $decoy)' >> $S/slots.yaml"
${BEGIN('0', 'roots')}${BEGIN('$V', 'hers')}
alive $roots root; alive $hers hers
as $V resource-manager monitor --once; echo "status $?"
as $M resource-manager monitor --once > /dev/null; echo "status $?"
kill -9 $hers; as $V resource-manager monitor --once > /dev/null; echo "status $?"
kill $roots; until_ '! grep -q " [RSDT] " /proc/$roots/stat 2> /dev/null'; alive $decoy decoy; ls $S/users/0/monitor.lock`);
    expect(stdout).toBe('root alive\nhers alive\nstatus 75\nstatus 0\nstatus 0\ndecoy alive\nfree\n');
  });

  const ACTS = `
cp -a /etc /var/lib/etc; mount --bind /var/lib/etc /etc; groupadd -g 12000 agents; useradd -u $V -g 12000 -d /var/lib/home/$V hers
start $V resource-manager run odin -- bash -c 'trap "" TERM; while :; do sleep 600; done'; wrapper=$!
until_ 'grep -q "\\"root\\":{" "$S/slots.yaml"'
agent=$(grep -o '"root":{"pid":[0-9]*' "$S/slots.yaml" | grep -o '[0-9]*$'); sleep 600 & decoy=$!
start $V resource-kill odin --yes --grace 1h; kill=$!; until_ 'grep -q "\\"ending\\":{" "$S/slots.yaml"'; kill -9 $kill
as $M sed -i 's/"since":"[^"]*"/"since":"${LONG_AGO}"/' $S/slots.yaml
${planted('L90', `holder: $(ref $decoy), ${ENDING}`)}
resource-manager monitor --once > /var/lib/log; grep trouble /var/lib/log; alive $agent agent; alive $decoy decoy`;

  it.each([
    ['for users whom root names', 'act_for: [hers, nobody-here]', '', 'ended'],
    ['for nobody by default', 'act_for: []', '', 'alive'],
    ['for nobody whom another user names', 'act_for: [hers]', 'chmod 664 $S/config.yaml', 'alive'],
  ])('of root acts %s, as that user', (_what, actFor, before, want) => {
    const config = `monitor: { grace: 1s, ${actFor} }\n`;
    const { stdout } = besideMembers(`${before}\n${ACTS}`, { config });
    const trouble = want === 'ended' ? '   trouble: cannot act for nobody-here: there is no such user\n' : '';
    expect(stdout).toBe(`${trouble}agent ${want}\ndecoy alive\n`);
  });
});
