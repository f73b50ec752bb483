/** Random plantings of a member of the group: each is a name and a list of steps. The same seed gives the same choices. */
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { POOL, USERS } from './attack-world.mjs';

/** A text that no program of another user may say or follow; with what terminals must not get. */
export const TOKEN = 'PLANTED';
const ODD = `${TOKEN}\u001b]0;owned\u0007\u009b2J\u202e"; touch /home/member/out/said; "$(touch /home/member/out/said)`;
const TOUCH = 'id -u > /home/member/out/ran-$$';

const KEPT_NAMES = [
  ...[
    'slots.yaml',
    'slots.yaml.bak',
    'config.yaml',
    'prices.json',
    'monitor',
    'monitor.lock',
    'guard',
    '.slots.yaml.lock.held.1',
  ],
  ...['slots.yaml.lock', 'slots.yaml.lock/free', 'slots.yaml.lock/free/next', 'slots.yaml.lock/free/next.bak'],
  ...['slots.yaml.lock.set-aside.1', 'slots.yaml.new', 'slots.yaml.new.1', 'config.yaml.new.1', 'slots.yaml.tmp'],
  ...['history', 'ledger', 'beats', 'seen', 'meters', 'users', 'transcripts', 'hooks', 'leases', 'metrics'],
];

export function openPlantings({ next, facts }) {
  const pick = (items) => items[Math.floor(next() * items.length)];
  const chance = (share) => next() < share;
  const between = (least, most) => least + Math.floor(next() * (most - least + 1));
  const { runs, processes, base, boot, namespace, layout, program } = facts;
  const day = new Date().toISOString().slice(0, 10);
  /** The user whose records are planted: mostly another user, sometimes the attacker, whose records others read. */
  const uids = [0, USERS.victim, USERS.victim, USERS.newbie, USERS.member];
  const run = () => pick(Object.values(runs));
  const mark = () => run().mark;
  /** A process of another user. */
  const aProcess = () => pick(Object.values(processes));
  const random = () => Math.floor(next() * 2 ** 40).toString(36);

  const targets = () =>
    pick([
      ...[
        '/home/victim',
        '/home/victim/docs',
        '/home/victim/docs/thesis.txt',
        '/home/victim/secret',
        '/home/victim/.bashrc',
      ],
      ...[
        '/home/victim/fresh',
        '/home/victim/docs/fresh/',
        '/root',
        '/root/docs',
        '/root/.bashrc',
        '/root/fresh',
        '/root/secret',
      ],
      ...[
        '/etc/secrets',
        '/etc/pt.d',
        '/etc/pt.d/victim',
        '/etc/fresh',
        '/etc/cron.d/fresh',
        '/var/lib/other',
        '/var/lib/other/data',
      ],
      ...['/home/newbie/docs', '/home/newbie/.bashrc', '/home/member', '/home/member/out', '/home/member/out/fresh'],
      ...[
        '/dev/zero',
        '/dev/full',
        '/dev/tty',
        '/proc/1/mem',
        '/proc/self/environ',
        `/proc/${aProcess().pid}`,
        '..',
        '.',
        '/',
        'nowhere',
      ],
    ]);

  const heldName = () => {
    const who = pick([
      { pid: 999_999, started: 1 },
      { pid: 1, started: 1 },
      aProcess(),
      { pid: between(2, 400), started: between(1, 1e7) },
    ]);
    const parts = [
      'held',
      who.pid,
      who.started,
      pick([boot, boot, '0'.repeat(12)]),
      pick([namespace, namespace, '4026531836']),
    ];
    return [...parts, between(1, 3), random()].slice(0, pick([7, 7, 7, 5, 3])).join('.');
  };

  /** Places in the pool: those that were seen, those that are known, and those of other users. */
  const place = () => {
    const uid = pick(uids);
    const name = pick([
      () => pick(layout),
      () => pick(layout),
      () => pick(KEPT_NAMES),
      () =>
        pick([
          `history/${day}.jsonl`,
          `history/${day}.${uid}.jsonl`,
          `history/${day}.${uid}.jsonl.gz`,
          'history/2026-01-01.jsonl',
        ]),
      () => `slots.yaml.lock/${heldName()}`,
      () => pick([`ledger/${mark()}`, `beats/${mark()}`, `beats/${aProcess().pid}`, `meters/${mark()}`]),
      () => pick([`hooks-${uid}`, `transcripts-${uid}`, `seen-${uid}`, `hooks-${uid}/x`, `transcripts-${uid}/x.json`]),
      () =>
        `users/${uid}${pick(['', `.${random()}`, '/leases', `/leases/${run().lease}.json`, `/leases/run.${mark()}.json`, '/beats', '/monitor.lock', '/monitor', '/ledger', '/hooks', '/transcripts', `/ledger/${mark()}`])}`,
      () => random(),
    ])();
    return join(POOL, name);
  };

  /** A thing to put at a place. */
  const thing = (path) =>
    pick([
      () => [{ do: 'link', path, target: targets() }],
      () => [{ do: 'link', path, target: targets() }],
      () => [{ do: 'link', path, target: path }],
      () => [{ do: 'fifo', path }],
      () => [{ do: 'socket', path }],
      () => [{ do: 'folder', path, mode: pick([0o777, 0o2777, 0o700, 0]) }],
      () => [
        { do: 'folder', path },
        ...['cgroup.procs', 'cgroup.kill', 'cgroup.freeze', 'cgroup.events', 'next', 'x'].map((name) =>
          chance(0.5)
            ? { do: 'link', path: join(path, name), target: targets() }
            : { do: 'file', path: join(path, name), text: `${aProcess().pid}\n` },
        ),
      ],
      () => [{ do: 'file', path, mode: pick([0o666, 0o600, 0, 0o6777]), text: content() }],
      () => [{ do: 'file', path, text: content() }],
      () => [{ do: 'file', path, size: pick([0, 1 << 30, 2 ** 42]) }],
      () => [{ do: 'hard', path, target: targets() }],
    ])();

  const content = () =>
    pick([
      () => '',
      () => ODD,
      () => '\0'.repeat(1000),
      () => `${aProcess().pid} ${aProcess().started}\n`.repeat(3),
      () => JSON.stringify({ pid: aProcess().pid, started: aProcess().started, lease: run().lease, ending: ending() }),
      () => JSON.stringify({ at: new Date().toISOString(), kind: 'killed', project: ODD, reason: ODD, agent: ODD }),
      () => base.slots,
      () => stringify(planted(parse(base.slots))),
      () => configuration(),
      () => '{'.repeat(5000),
    ])();

  const over = (path) =>
    pick([
      () => [{ do: 'remove', path }],
      () => [{ do: 'move', path, to: join(POOL, random()) }],
      () => [{ do: 'move', path, to: join('/home/member/out', random()) }],
    ])();

  const ending = () => ({
    since: pick(['2026-01-01T00:00:00.000Z', '2099-01-01T00:00:00.000Z', new Date().toISOString()]),
    why: ODD,
    by: pick(['person', 'memory', 'budget', 'abandoned', 'monitor', 'reap']),
  });

  const asRef = ({ pid, started }) => ({
    pid,
    started,
    command: pick(['sleep', 'node', 'claude', ODD]),
    boot,
    ns: Number(namespace),
  });
  const folder = () =>
    pick([
      run().group ?? '/home/member/cg',
      ...['/home/member/cg', '/sys/fs/cgroup', '../../..', '/home/victim/docs', '/etc/pt.d', '/root', join(POOL, 'cg')],
    ]);

  const listOf = (value) =>
    Array.isArray(value) ? value.filter((item) => item !== null && typeof item === 'object') : [];
  const leasesOf = (state) => listOf(state.leases);

  /** One lie in the state. */
  const lies = {
    'lease with a run of others': (state) => {
      const victim = pick([aProcess(), aProcess(), { pid: run().root, started: 1 }]);
      const one = {
        ...{
          id: `L${between(500, 999)}`,
          project: pick(['lies', run().project]),
          slots: 1,
          acquired_at: '2026-01-01T00:00:00.000Z',
        },
        ...{
          holder: pick([null, asRef({ pid: 999_999, started: 1 }), asRef(victim)]),
          expires_at: pick([null, '2026-01-01T00:00:00.000Z']),
        },
        agents: [{ name: ODD.slice(0, 40), pid: victim.pid, progress: null, phase: null }],
        run: {
          ...{ containment: pick(['cgroup', 'ledger', 'scope']), folder: folder(), numbers: [1], root: asRef(victim) },
          mark: pick([mark(), '../../../../etc/pt.d/victim', `../users/${USERS.victim}/leases/x`, random(), ODD]),
        },
        ...(chance(0.7) ? { ending: ending() } : {}),
        ...(chance(0.3) ? { paused_at: new Date().toISOString() } : {}),
      };
      if (one.run.containment !== 'cgroup') delete one.run.folder;
      state.leases = [...leasesOf(state), one];
    },
    'ending of the lease of others': (state) => {
      for (const lease of leasesOf(state)) if (chance(0.7)) lease.ending = ending();
    },
    'pause of the lease of others': (state) => {
      for (const lease of leasesOf(state))
        if (chance(0.7)) lease.paused_at = pick(['2026-01-01T00:00:00.000Z', new Date().toISOString()]);
    },
    'dead holder of the lease of others': (state) => {
      for (const lease of leasesOf(state))
        if (chance(0.7)) lease.holder = asRef({ pid: 999_999, started: between(1, 1e6) });
    },
    'expiry of the lease of others': (state) => {
      for (const lease of leasesOf(state))
        if (chance(0.7)) Object.assign(lease, { holder: null, expires_at: '2026-01-01T00:00:00.000Z' });
    },
    'run of the lease of others': (state) => {
      for (const lease of leasesOf(state))
        if (lease.run)
          Object.assign(
            lease.run,
            pick([
              { root: asRef(aProcess()) },
              { folder: folder() },
              { mark: mark() },
              { root: null },
              { folder: folder(), containment: 'cgroup' },
            ]),
          );
    },
    'no leases': (state) => {
      state.leases = leasesOf(state).filter(() => chance(0.5));
    },
    'limits of the machine': (state) => {
      state.vm_limits = {
        max_cpu_percent: 1,
        max_memory_percent: pick([0, 1]),
        max_load_average: 0.01,
        max_disk_percent: pick([0, 100]),
      };
    },
    'health of the machine': (state) => {
      state.vm_state = Object.assign({}, state.vm_state, {
        health: 'critical',
        memory_percent: 99.9,
        effective_max_slots: pick([0, 1]),
        reason: ODD,
      });
    },
    'size of the pool': (state) => {
      state.max_slots = pick([0, 1, 1e9]);
    },
    'budget of others': (state) => {
      for (const budget of listOf(state.budgets?.agents ?? state.budgets))
        Object.assign(
          budget,
          pick([
            { consumed: { tokens: 1e12 } },
            { stopped: { reason: ODD, at: new Date().toISOString() } },
            { stop: { reason: ODD } },
            { rate: 0.0001 },
            { allocated: { tokens: 1 } },
          ]),
        );
    },
    'place of the monitor': (state) => {
      state.monitor = { ...asRef(aProcess()), at: new Date().toISOString(), since: '2026-01-01T00:00:00.000Z' };
    },
    'queue of others': (state) => {
      state.queue = [
        {
          ...{
            ticket: 'T900',
            project: pick([run().project, 'newbiep']),
            slots: 1,
            min_slots: 1,
            priority: 10,
            offered_until: pick([null, '2099-01-01T00:00:00.000Z']),
          },
          ...{ queued_at: '2026-01-01T00:00:00.000Z', waiter: asRef(aProcess()) },
        },
      ];
    },
    'odd values': (state) => {
      const object = pick([state, ...leasesOf(state), ...leasesOf(state).map(({ holder }) => holder)].filter(Boolean));
      object[pick([...Object.keys(object), random()])] = pick([null, -1, 1e308, ODD, [], {}, true, '../../x']);
    },
  };
  const lieNames = Object.keys(lies);
  let told = '';
  function planted(state) {
    told = Array.from({ length: pick([1, 1, 1, 2, 3]) }, () => {
      const name = pick(lieNames);
      lies[name](state);
      return name;
    }).join(' + ');
    return state;
  }

  const configuration = () => {
    const settings = [
      `notify: [{ on: [granted, offered, reclaimed, critical, ending, killed, degraded, budget-red], command: "${TOUCH}" }]`,
      `budget: { degrade: "${TOKEN} curl evil", on_stop: kill }`,
      `hooks: { degrade_model: ${TOKEN}-model, on_error: deny, wait: 5m }`,
      `monitor: { textfile: ${pick(['/home/victim/docs', '/root', '/etc'])}, critical_memory_percent: 0, least_reclaim: 0, memory_dwell: 0s, pause: true }`,
      'monitor: { act_for: [victim, member, root], critical_memory_percent: 0, least_reclaim: 0, pause: true, interval: 100ms, grace: 0s }',
      `windows: { probe: "${TOUCH}" }`,
      'lock_takeover_after: 1h',
      'lock_wait: 1h',
      'claude: { reap_orphans: true, watch: true, projects: { /: victimp } }',
      `projects: { ${pick(['victimp', 'rootp'])}: { max: 0 } }`,
      `run: { log: on }\nstrategy: ${ODD.slice(0, 8)}`,
    ];
    return Array.from({ length: between(1, 3) }, () => pick(settings)).join('\n');
  };

  const kinds = {
    place: () => {
      const path = place();
      const before = chance(0.6) ? over(path) : [];
      return { name: `${path.slice(POOL.length + 1) || '.'} as planted`, list: [...before, ...thing(path)] };
    },
    moved: () => {
      const path = pick([place(), POOL]);
      return {
        name: 'something moved or removed',
        list: [...over(path), ...(chance(0.3) ? [{ do: 'mode', path: POOL, mode: 0 }] : [])],
      };
    },
    lock: () => {
      const lock = join(POOL, 'slots.yaml.lock');
      const path = join(lock, heldName());
      const list = pick([
        () => [{ do: 'move', path: join(lock, 'free'), to: path }],
        () => [{ do: 'remove', path: join(lock, 'free') }, ...thing(path)],
        () => [
          { do: 'remove', path: join(lock, 'free') },
          { do: 'link', path, target: targets() },
        ],
        () => [
          { do: 'move', path: join(lock, 'free'), to: path },
          { do: 'times', path, at: 4e9 },
        ],
        () => [
          { do: 'move', path: join(lock, 'free'), to: path },
          { do: 'folder', path: join(path, 'full') },
          { do: 'file', path: join(path, 'full/x') },
        ],
        () => [{ do: 'move', path: lock, to: join(POOL, random()) }, ...thing(lock)],
      ])();
      return { name: 'the lock', list };
    },
    state: () => {
      const text = stringify(planted(parse(base.slots)), { lineWidth: 0 });
      const path = join(POOL, chance(0.9) ? 'slots.yaml' : 'slots.yaml.bak');
      return { name: `state: ${told}`, list: [{ do: chance(0.5) ? 'write' : 'replace', path, text }] };
    },
    configuration: () => {
      const path = join(POOL, 'config.yaml');
      const text = configuration();
      const list = pick([
        () => [{ do: 'write', path, text }],
        () => [{ do: 'replace', path, text }],
        () => [...over(path), { do: 'hard', path, target: '/home/victim/.bashrc' }],
        () => [...over(path), { do: 'link', path, target: '/home/victim/config' }],
      ])();
      return { name: `config: ${text.replaceAll('\n', '; ').slice(0, 120)}`, list };
    },
    user: () => {
      const uid = pick([...uids, USERS.newbie]);
      const path = join(POOL, 'users', `${uid}${pick(['', '', `.${random()}`, '.0', '.lock'])}`);
      const lease = JSON.stringify({
        ...{
          lease: run().lease,
          project: run().project,
          root: asRef(aProcess()),
          holder: asRef(aProcess()),
          folder: folder(),
          mark: mark(),
          ending: ending(),
        },
      });
      const inside = [
        { do: 'folder', path: join(path, 'leases') },
        {
          do: 'file',
          path: join(path, 'leases', pick([`${run().lease}.json`, `run.${mark()}.json`])),
          text: pick([lease, voucher()]),
        },
      ];
      const list = pick([
        () => thing(path),
        () => [{ do: 'folder', path, mode: 0o777 }, ...inside],
        () => [...over(path), { do: 'folder', path }, ...inside],
        () => [
          { do: 'link', path, target: pick([`/home/victim`, join(POOL, 'users', String(USERS.member)), '/root/docs']) },
        ],
        () => [
          ...over(join(POOL, 'users')),
          { do: 'folder', path: join(POOL, 'users') },
          { do: 'folder', path },
          ...inside,
        ],
        () => [...over(join(POOL, 'users')), { do: 'link', path: join(POOL, 'users'), target: targets() }],
      ])();
      return { name: `users/${path.split('/').at(-1)}`, list };
    },
    flip: () => ({ name: 'a race', list: [{ do: 'flip', path: place(), target: targets(), ms: between(200, 800) }] }),
    command: () => {
      const { project, lease, holder } = run();
      const at = (name, ...words) => [facts.bin(name), ...words];
      const words = pick([
        () => at('resource-kill', project, '-y', '--reason', ODD, '--grace', '0s'),
        () => at('resource-manager', 'stop', `${project}/a`, '--reason', ODD),
        () => at('report-usage', `${project}/a`, '--tokens', pick(['1000', '1G']), '--phase', ODD),
        () => at('resource-manager', 'throttle', `${project}/a`, '--rate', '0.001'),
        () => at('release-slots', project, '--lease', lease),
        () => at('release-slots', project, '--all'),
        () => at('request-slots', project, '1', '--pid', String(holder), '--agents', ODD.slice(0, 30)),
        () => at('request-slots', project, '60', '--detached', '--ttl', '1s'),
        () => at('set-max', pick(['0', '1', '999999'])),
        () => at('resource-manager', 'reap', '-y', '--grace', '0s'),
        () => at('resource-manager', 'reap', '--machine', '-y', '--grace', '0s'),
        () => at('resource-manager', 'monitor', '--once'),
        () => at('resource-manager', 'doctor', '--fix'),
        () => at('resource-manager', 'budget', 'release', `${project}/a`),
        () => at('resource-manager', 'config', 'set', 'notify', `[{on: [granted], command: "${TOUCH}"}]`),
        () => at('resource-manager', 'config', 'set', 'budget.degrade', TOKEN),
        () => at('resource-manager', 'run', project, '--agent', 'a', '--', 'true'),
      ])();
      return {
        name: `command ${words.slice(1).join(' ').slice(0, 60)} (${words[0].split('/').at(-1)})`,
        list: [{ do: 'command', words }],
      };
    },
  };
  /** Plantings that broke an earlier version, after `shared/research/hostile.md` section 1. */
  const known = {
    'a link as holder of the lock': () => [
      { do: 'remove', path: join(POOL, 'slots.yaml.lock/free') },
      {
        do: 'link',
        path: join(POOL, `slots.yaml.lock/held.999999.1.${boot}.${namespace}.1.x`),
        target: pick(['/home/victim', '/home/victim/docs', '/root', '/etc/pt.d']),
      },
    ],
    'a link as the next state': () => [
      {
        do: 'link',
        path: join(POOL, 'slots.yaml.lock/free', pick(['next', 'next.bak'])),
        target: pick(['/home/victim/docs/thesis.txt', '/root/.bashrc', '/etc/secrets', '/etc/fresh']),
      },
    ],
    'a command on events': () => [
      config(`notify: [{ on: [granted, offered, released, reclaimed], command: "${TOUCH}" }]`),
    ],
    'a lease of any process': () => [
      lie({ run: { root: asRef(aProcess()), containment: 'ledger', mark: random(), numbers: [1] } }),
    ],
    'a cgroup of the attacker': () => {
      const path = join('/home/member', random());
      return [
        { do: 'folder', path },
        { do: 'file', path: join(path, 'cgroup.procs'), text: `${aProcess().pid}\n${aProcess().pid}\n` },
        { do: 'file', path: join(path, 'cgroup.events'), text: 'populated 1\nfrozen 0\n' },
        {
          do: 'link',
          path: join(path, 'cgroup.freeze'),
          target: pick(['/etc/secrets', '/home/victim/.bashrc', '/root/.bashrc']),
        },
        {
          do: 'link',
          path: join(path, 'cgroup.kill'),
          target: pick(['/etc/secrets', '/home/victim/.bashrc', '/root/.bashrc']),
        },
        lie({
          run: {
            root: asRef({ pid: 999_999, started: 1 }),
            containment: 'cgroup',
            folder: path,
            mark: random(),
            numbers: [1],
          },
        }),
      ];
    },
    'a mark that leaves its folder': () => [
      lie(
        {
          run: {
            root: asRef(aProcess()),
            containment: 'ledger',
            mark: pick(['../../../../etc/pt.d/victim', '../../../../home/victim/fresh']),
            numbers: [1],
          },
        },
        false,
      ),
    ],
    'a link as a folder of records': () => {
      const name = pick([
        'ledger',
        'history',
        'beats',
        'hooks-12002',
        'transcripts-12002',
        'hooks-0',
        'transcripts-0',
        'users/12003/hooks',
        'users/12003',
      ]);
      return [
        { do: 'move', path: join(POOL, name), to: join(POOL, random()) },
        { do: 'link', path: join(POOL, name), target: pick(['/home/victim/docs', '/root/docs', '/etc/pt.d']) },
      ];
    },
    'a link or pipe as history': () => {
      const path = join(POOL, 'history', pick([`${day}.jsonl`, `${day}.0.jsonl`, `${day}.12002.jsonl`]));
      return [
        { do: 'move', path, to: join(POOL, random()) },
        pick([
          { do: 'fifo', path },
          { do: 'link', path, target: pick(['/home/victim/.bashrc', '/etc/fresh', '/root/.bashrc']) },
        ]),
      ];
    },
    'a text for agents': () => [
      config(`budget: { degrade: "${TOKEN} curl evil" }\nhooks: { degrade_model: ${TOKEN}-model }`),
    ],
    'a stop with a text': () => [
      { do: 'command', words: [facts.bin('resource-manager'), 'stop', `${run().project}/a`, '--reason', ODD] },
    ],
    'a lock of process 1': () => [
      {
        do: 'move',
        path: join(POOL, 'slots.yaml.lock/free'),
        to: join(POOL, `slots.yaml.lock/held.1.${facts.firstStarted}.${boot}.${namespace}.1.x`),
      },
    ],
    'a pipe as the state': () => [
      { do: 'remove', path: join(POOL, 'slots.yaml') },
      { do: 'fifo', path: join(POOL, pick(['slots.yaml', 'slots.yaml', 'config.yaml'])) },
    ],
  };
  const config = (text) => ({ do: 'replace', path: join(POOL, 'config.yaml'), text });
  /** The state with a lease like the last of others, but for some keys. */
  function lie(keys, isEnding = true) {
    const state = parse(base.slots);
    const pattern = state.leases.at(-1);
    const more = isEnding ? { ending: { since: '2026-01-01T00:00:00.000Z', why: 'x', by: 'person' } } : {};
    state.leases.push({ ...pattern, id: 'L900', project: 'lies', ...keys, ...more });
    state.slot_allocation.lies = pattern.slots;
    return { do: 'replace', path: join(POOL, 'slots.yaml'), text: stringify(state, { lineWidth: 0 }) };
  }
  /** The record of a run as its user writes it, of a process of others. */
  function voucher() {
    const one = run();
    const root = pick([asRef({ pid: one.root, started: 1 }), asRef(aProcess())]);
    return JSON.stringify({
      ...{
        project: one.project,
        holder: pick([one.record.holder, asRef(aProcess())]),
        session: null,
        ending: chance(0.7),
        paused: chance(0.3),
      },
      run: { mark: pick([one.mark, random()]), folders: [folder()], root },
    });
  }
  kinds.known = () => {
    const name = pick(Object.keys(known));
    return { name, list: known[name]() };
  };
  const weights = {
    known: 12,
    place: 30,
    moved: 4,
    lock: 10,
    state: 24,
    configuration: 8,
    user: 12,
    flip: 3,
    command: 5,
  };
  const names = Object.entries(weights).flatMap(([name, weight]) => Array(weight).fill(name));

  return () => {
    const kind = pick(names);
    return { kind, ...kinds[kind](), program };
  };
}
