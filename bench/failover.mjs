/**
 * What callers notice when nodes end: one of three is killed every ten seconds, the only one is killed and comes back, and one of five is ended politely, killed or
 * frozen under load. On the build of a git ref and on the working tree, in one run; hub with gateway and each node are
 * processes of their own.
 * Run: npm run build && node bench/failover.mjs 9c4233e            all of it, beside the build of that ref, 12 minutes
 *      npm run build && node bench/failover.mjs '' row crash       these, of the working tree alone
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as crash from './failover/crash.mjs';
import { freezes, kills, polite } from './failover/ends.mjs';
import * as row from './failover/row.mjs';
import { endAll } from './failover/start-nodes.mjs';
import { stopCleanly } from './support/clone-ref.mjs';
import { listCheckouts } from './support/list-checkouts.mjs';

const parts = { row, crash, polite, kills, freezes };
const [ref = '', ...named] = process.argv.slice(2);
const place = await mkdtemp(join(tmpdir(), 'callable-failover-'));
stopCleanly(place, endAll);
try {
  const checkouts = await listCheckouts(ref, place);
  for (const name of named.length > 0 ? named : Object.keys(parts)) {
    const { title, target, measure } = parts[name];
    console.log(`\n${title}\nmust reach: ${target}`);
    for (const [label, checkout] of checkouts) {
      try {
        console.log(`  ${label.padEnd(14)}${await measure(checkout, place)}`);
      } catch (error) {
        console.log(`  ${label.padEnd(14)}not measured: ${error.message}`);
      }
    }
  }
} finally {
  await rm(place, { recursive: true, force: true, maxRetries: 10 });
}
