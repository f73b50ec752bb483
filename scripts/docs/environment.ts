/** The environment variables that the commands read, and those that they set for their child processes. */
export const READ: Readonly<Record<string, string>> = {
  RESOURCE_MANAGER_DIR:
    'Folder of the state, as `--dir`. Without it: `dir:` of /etc/resource-manager.yaml, else ~/.resource-manager.',
  RESOURCE_MANAGER_HOLDER_PID: 'Process whose end gives the slots back, as `--pid`.',
  RESOURCE_MANAGER_LEASE: 'Lease inside which a request is made: its free slots are used first.',
  RESOURCE_MANAGER_PROJECT: 'Project of the session in whose environment it stands; `run` sets it.',
  RESOURCE_MANAGER_AGENT: 'Name of the session among the budgets; `run` sets it.',
  NO_COLOR: 'Any text: no colours, as `--no-color`.',
  FORCE_COLOR: 'Colours also without a terminal; `0` or `false`: never.',
  NO_EMOJI: 'Any text: words and plain marks in place of emoji.',
  COLUMNS: 'Width of what is printed.',
  TERM: '`dumb`: no colours and no screen.',
  TMPDIR: 'Folder of temporary files: its disk is watched. Without it: /tmp.',
  CLAUDE_PID: 'Process of a Claude Code session. Without RESOURCE_MANAGER_HOLDER_PID it holds the slots.',
  CLAUDE_CONFIG_DIR:
    "Folders of Claude Code's settings and transcripts, between commas. Without it: ~/.claude and ~/.config/claude.",
  CODEX_HOME: "Folder of Codex's hooks and transcripts. Without it: ~/.codex.",
  XDG_CACHE_HOME: 'Folder of the code cache where the package cannot hold it. Without it: ~/.cache.',
  XDG_CONFIG_HOME: 'Folder of the units of systemd that `service install` writes. Without it: ~/.config.',
  XDG_RUNTIME_DIR: "Folder of the user's systemd, for `service` and containment `scope`.",
};

export const SET_BY_RUN: Readonly<Record<string, string>> = {
  RESOURCE_MANAGER_DIR: 'Folder of the state.',
  RESOURCE_MANAGER_LEASE: 'Lease of the run.',
  RESOURCE_MANAGER_PROJECT: 'Its project.',
  RESOURCE_MANAGER_AGENT: 'Name of its agent.',
  RESOURCE_MANAGER_SLOT: 'Number of its first slot, from 1, which no other run has; for ports and folders.',
  RESOURCE_MANAGER_SLOTS: 'Numbers of all its slots, between commas.',
  RESOURCE_MANAGER_HOLDER_PID: 'Process of `run` itself.',
  RESOURCE_MANAGER_MARK: 'Name of this one run, by which its processes are found again.',
  RESOURCE_MANAGER_UNIT:
    'The systemd unit in which `run` was started (SYSTEMD_EXEC_PID), or empty: in another unit the mark does not count.',
};

export const SET_BY_NOTIFY: Readonly<Record<string, string>> = {
  RESOURCE_MANAGER_EVENT: 'The event as JSON, as on standard input.',
  RESOURCE_MANAGER_EVENT_KIND: 'Its kind.',
  RESOURCE_MANAGER_EVENT_PROJECT: 'Its project, where it has one.',
  RESOURCE_MANAGER_EVENT_AGENT: 'Its agent, where it has one.',
  RESOURCE_MANAGER_EVENT_LEASE: 'Its lease, where it has one.',
};
