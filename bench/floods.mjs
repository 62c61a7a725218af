/**
 * Floods by strangers: what forty unfinished bodies, sixty large announcements, a hundred calls of a slow model, a
 * hundred and twenty keys' releases, one network's statements and a thousand followers do to everybody else. On the build of a git ref and on
 * the working tree, each flood on a network of its own (`callable up`), attacked over loopback from this process.
 * Run: npm run build && node bench/floods.mjs 9c4233e            all floods, beside the build of that ref
 *      npm run build && node bench/floods.mjs '' bodies slots    these, of the working tree alone
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as announcements from './floods/announcements.mjs';
import * as bodies from './floods/bodies.mjs';
import * as followers from './floods/followers.mjs';
import { openTarget } from './floods/open-target.mjs';
import * as queue from './floods/queue.mjs';
import * as slots from './floods/slots.mjs';
import * as statements from './floods/statements.mjs';
import { root, stopCleanly } from './support/clone-ref.mjs';
import { listCheckouts } from './support/list-checkouts.mjs';

const floods = { bodies, announcements, slots, queue, statements, followers };
const [ref = '', ...named] = process.argv.slice(2);
const place = await mkdtemp(join(tmpdir(), 'callable-floods-'));
stopCleanly(place);
try {
  const checkouts = await listCheckouts(ref, place);
  for (const name of named.length > 0 ? named : Object.keys(floods)) {
    const { title, target, args = [], flood } = floods[name];
    console.log(`\n${title}\nmust reach: ${target}`);
    for (const [label, checkout] of checkouts) {
      const directory = join(place, `${name}-${checkouts.length}-${label.replace(' ', '-')}`);
      const victim = await openTarget(checkout, directory, checkout === root ? args : []);
      try {
        console.log(`  ${label.padEnd(14)}${await flood(victim)}`);
      } catch (error) {
        console.log(`  ${label.padEnd(14)}not measured: ${error.message}`);
      } finally {
        await victim.stop();
      }
    }
  }
} finally {
  await rm(place, { recursive: true, force: true, maxRetries: 10 });
}
