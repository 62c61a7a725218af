import { EventEmitter, once } from 'node:events';
import type { HubOrders, HubTurn, HubWord } from './hub-words.ts';
import { serveHub } from './serve-hub.ts';
import { tellFailure } from './told-failure.ts';

/**
 * The hub of a network, alone in its process. The process that started it tells it its settings and hears of it over the
 * channel between them; it ends when its stdin closes, which it does however that process ends.
 *
 * It outlives signals: who stops a service tells all its processes at once, and a hub that ended with the first one would
 * hear neither the last reports of calls nor the farewell of the nodes.
 */
const parentEnds = once(process.stdin.resume(), 'close');
process.stdin.unref?.();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

/** Nobody to hear it is no accident: the process that started this one was killed. */
const tell = (word: HubWord) =>
  new Promise<void>((resolve) => {
    if (process.connected) process.send?.(word, () => resolve());
    else resolve();
  });

const [orders] = (await once(process, 'message')) as [HubOrders];
try {
  const turns = new EventEmitter();
  process.on('message', (turn: HubTurn) => turns.emit(turn));
  const mayWork = once(turns, 'work').then(() => undefined);
  await using hub = await serveHub(orders, (event) => void tell({ kind: 'outage', event }), mayWork);
  turns.once('rest', hub.rest);
  await tell({ kind: 'ready', rolledBack: hub.rolledBack });
  await parentEnds;
} catch (error) {
  await tell({ kind: 'failed', failure: tellFailure(error) });
  process.exitCode = 1;
} finally {
  if (process.connected) process.disconnect();
}
