/** The machine's time zone by what the machine says of it, in the forms in which machines say it. */
import { describe, expect, it } from 'vitest';
import { isZoneName, localZone } from '../../../src/core/budget/local-zone.ts';

const named = (name: string) => ({ name, isNamed: true });
const UTC_FOR_WANT_OF_A_NAME = { name: 'UTC', isNamed: false };

describe('the zone is', () => {
  it.each([
    ['of the runtime', 'Europe/Vienna', undefined, '/usr/share/zoneinfo/Europe/Vienna', named('Europe/Vienna')],
    ['of the runtime, UTC', 'UTC', undefined, '/usr/share/zoneinfo/Etc/UTC', named('UTC')],
    ['of TZ', 'Europe/Vienna', 'Europe/Vienna', null, named('Europe/Vienna')],
    ['of TZ, UTC', 'UTC', 'UTC', null, named('UTC')],
    ['of TZ in small letters', undefined, 'europe/vienna', null, named('europe/vienna')],
    ['of TZ after a colon', undefined, ':Asia/Tokyo', null, named('Asia/Tokyo')],
    ['of the file that TZ names', undefined, ':/etc/localtime', '/usr/share/zoneinfo/Asia/Tokyo', named('Asia/Tokyo')],
    [
      'of a path in TZ',
      undefined,
      '/usr/share/zoneinfo/Asia/Tokyo',
      '/usr/share/zoneinfo/Asia/Tokyo',
      named('Asia/Tokyo'),
    ],
    [
      'of a path in TZ, of the right clocks',
      undefined,
      '/x',
      '/usr/share/zoneinfo/right/Asia/Tokyo',
      named('Asia/Tokyo'),
    ],
    [
      'of the file that the machine links to twice (NixOS)',
      undefined,
      undefined,
      '/nix/store/abc-tzdata-2026a/share/zoneinfo/Asia/Tokyo',
      named('Asia/Tokyo'),
    ],
    [
      'of the link on macOS',
      undefined,
      undefined,
      '/var/db/timezone/zoneinfo.default/Europe/Rome',
      named('Europe/Rome'),
    ],
    ['UTC where TZ is blank', 'Etc/Unknown', '', null, UTC_FOR_WANT_OF_A_NAME],
    ['UTC where TZ is a space', undefined, ' ', null, UTC_FOR_WANT_OF_A_NAME],
    ['UTC where TZ is a colon', undefined, ':', null, UTC_FOR_WANT_OF_A_NAME],
    ['UTC where the file is a copy', undefined, ':/etc/localtime', '/etc/localtime', UTC_FOR_WANT_OF_A_NAME],
    ['UTC where there is no file', undefined, undefined, null, UTC_FOR_WANT_OF_A_NAME],
    ['UTC where the zone is unknown', 'Etc/Unknown', 'Factory', null, UTC_FOR_WANT_OF_A_NAME],
    ['UTC where TZ is a rule, which the runtime does not read', 'UTC', 'CET-1CEST', null, UTC_FOR_WANT_OF_A_NAME],
    ['UTC where TZ is an offset', undefined, 'UTC+3', null, UTC_FOR_WANT_OF_A_NAME],
    ['UTC where TZ is a mistake', undefined, 'Foo/Bar', null, UTC_FOR_WANT_OF_A_NAME],
  ])('%s', (_name, runtime, variable, file, want) => {
    expect(localZone({ runtime, variable, file })).toEqual(want);
  });
});

it.each(['+02:00', '-0530', 'Etc/Unknown', '', 'Foo/Bar', '/etc/localtime', 'undefined'])('%j is no zone', (name) => {
  expect(isZoneName(name)).toBe(false);
});
