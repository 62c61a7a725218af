import { EventEmitter, once } from 'node:events';
import type { HubOrders, HubTurn, HubWord } from './hub-words.ts';
import { serveHub } from './serve-hub.ts';
import { tellFailure } from './told-failure.ts';

/**
 * The hub of a network, alone in its process. The process that started it tells it its settings and hears of it over the
 * channel between them; it ends when its stdin closes, which it does however that process ends.
 */
const ends = [once(process.stdin.resume(), 'close'), once(process, 'SIGTERM'), once(process, 'SIGINT')];
process.stdin.unref?.();

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
  await Promise.race(ends);
} catch (error) {
  await tell({ kind: 'failed', failure: tellFailure(error) });
  process.exitCode = 1;
} finally {
  if (process.connected) process.disconnect();
}
