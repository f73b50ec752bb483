/** The same edits with the `yaml` package alone: comments kept, and as durable as the store's. */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseDocument } from 'yaml';

function sync(path, flags, text) {
  const fd = openSync(path, flags);
  if (text !== undefined) writeSync(fd, text);
  fsyncSync(fd);
  closeSync(fd);
}

function edit(path, change) {
  const document = parseDocument(readFileSync(path, 'utf8'));
  const project = change(document.get('leases'));
  const count = document.toJS().leases.filter((lease) => lease.project === project).length;
  document.setIn(['slot_allocation', project], count);
  sync(`${path}.next`, 'w', document.toString({ lineWidth: 0 }));
  renameSync(`${path}.next`, path);
  sync(dirname(path), 'r');
}

export function addLease(path, id) {
  edit(path, (leases) => {
    leases.add({ id, project: 'measured', slots: 1, holder: null, expires_at: null, agents: [] });
    return 'measured';
  });
}

export function removeLease(path, id) {
  edit(path, (leases) => {
    leases.items = leases.items.filter((lease) => lease.get('id') !== id);
    return 'measured';
  });
}
