/** The extra cost of a command with 2,000 leases in the file instead of 20. */
import { parseArgs } from 'node:util';
import { interleave } from './lib/interleave.mjs';
import { makeState } from './lib/state.mjs';
import { median } from './lib/statistics.mjs';
import { printSamples, printTarget } from './lib/table.mjs';
import { openWorkplace } from './lib/workplace.mjs';

const TARGET = 1.6;
const { values } = parseArgs({ options: { rounds: { type: 'string', default: '100' } } });

const workplace = openWorkplace();

async function pairOn(label, leases, detached) {
  const dir = await makeState(workplace, label.replaceAll(' ', '-'), { leases, detached });
  const ms = (command, ...words) => workplace.run([workplace.bin(command), 'measured', ...words], { dir }).ms;
  return () => ({
    [`request-slots, ${label}`]: ms('request-slots', '1'),
    [`release-slots, ${label}`]: ms('release-slots'),
  });
}

for (const [kind, detached] of [
  ['detached', true],
  ['held', false],
]) {
  const samples = await interleave(Number(values.rounds), 2, {
    few: await pairOn(`20 ${kind} A`, 20, detached),
    fewAgain: await pairOn(`20 ${kind} B`, 20, detached),
    many: await pairOn(`2000 ${kind}`, 2000, detached),
  });
  for (const command of ['request-slots', 'release-slots']) {
    const own = Object.fromEntries(Object.entries(samples).filter(([name]) => name.startsWith(command)));
    const peer = `${command}, 20 ${kind}`;
    printSamples(`${command} with many ${kind} leases`, own, peer);
    const value = median(own[`${command}, 2000 ${kind}`]) / median([...own[`${peer} A`], ...own[`${peer} B`]]);
    printTarget(`2000 leases (${value.toFixed(2)}) ≤ ${TARGET} × 20 leases`, value <= TARGET);
  }
}
