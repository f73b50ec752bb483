/** The lock of a pool for several users: it passes from user to user, whatever a member puts into it. */
import { describe, expect, it } from 'vitest';
import { canUnshare } from '../helpers/namespace.ts';
import { inSharedPool } from '../helpers/shared-pool.ts';

const BOOT = `L=$S/slots.yaml.lock; BOOT=$(tr -d - < /proc/sys/kernel/random/boot_id | cut -c1-12); NS=$(readlink /proc/self/ns/pid | tr -dc 0-9)
ask() { "$@" resource-manager set-max 9 > /dev/null; echo $?; }
echo 'lock_takeover_after: 200ms' >> $S/config.yaml`;

describe.runIf(canUnshare)('the lock of a shared pool', () => {
  it.each([
    ['the folder of a dead holder of another user', 'mv $L/free $L/held.999999.1.$BOOT.$NS.1.x'],
    ['the folder of a holder that lives and does nothing', 'mv $L/free $L/held.1.1.$BOOT.0.1.x'],
    ['an empty folder in which others may not write', 'rmdir $L/free; mkdir -m 755 $L/held.999999.1.$BOOT.$NS.1.x'],
    ['a free folder in which others may not write', 'rmdir $L/free; mkdir -m 755 $L/free'],
    ['such a folder with files', 'rmdir $L/free; mkdir -m 755 $L/free; touch $L/free/next $L/free/x'],
    ['a lock in which others may not write', 'mv $L $L.old.$RANDOM; mkdir -m 755 $L $L/free'],
    ['such a lock that is held', 'mv $L $L.old.$RANDOM; mkdir -m 755 $L $L/held.1.1.$BOOT.0.1.x'],
    ['a lock that others may not open', 'mv $L $L.old.$RANDOM; mkdir -m 000 $L'],
  ])('is taken by every user after %s', (_name, planting) => {
    const { lines, stderr } = inSharedPool(`${BOOT}
ask as 2
for who in "as 3" "as 2" "env"; do as 1 bash -c 'L=$1; BOOT=$2; NS=$3; ${planting}' x $L $BOOT $NS; ask $who; ask as 3; done
ls -A $L`);
    expect(stderr).toBe('');
    expect(lines).toEqual([...Array(7).fill('0'), 'free']);
  });

  it('shows signs of life in a folder of another user', () => {
    // Contenders that wait longer than three seconds take the lock through the library, which gives a sign of life at once.
    const { lines } = inSharedPool(`${BOOT}
sed -i 's/200ms/4s/' $S/config.yaml; ask as 2
as 1 bash -c 'mv $1/free $1/held.1.1.$2.0.1.x' x $L $BOOT; ask as 3; ask as 2`);
    expect(lines).toEqual(['0', '0', '0']);
  });
});
