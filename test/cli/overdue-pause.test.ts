/** A lease whose monitor was killed while it was paused is resumed by the next command that changes the state. */
import { expect, it } from 'vitest';
import { canUnshare, inNamespaces } from '../helpers/namespace.ts';

it.runIf(canUnshare)('a lease that has been paused for too long goes on after any change of the state', () => {
  const script = `
resource-manager run odin -- sleep 600 &
until_ 'grep -q "\\"root\\":{" "$D/slots.yaml"'
agent=$(grep -o '"root":{"pid":[0-9]*' "$D/slots.yaml" | grep -o '[0-9]*$')
kill -STOP $agent; until_ 'grep -q "^State:.T" /proc/$agent/status'
sed -i 's/"run":{/"paused_at":"2026-01-01T00:00:00.000Z","run":{/' "$D/slots.yaml"
request-slots other 1 --detached --ttl 1h > /dev/null
until_ 'grep -q "^State:.S" /proc/$agent/status'; until_ '! grep -q paused_at "$D/slots.yaml"'; echo resumed`;
  const { stdout } = inNamespaces(script, { config: 'containment: ledger\n' });
  expect(stdout).toMatch(/^resumed$/m);
});
