import { sendReport, takeOrder } from './channel.ts';
import type { Engine } from './engine.ts';
import { type Loaded, loadSession } from './load-session.ts';
import { runSession } from './run-session.ts';

/**
 * The life of a process around one model. It knows nothing but the orders that come over its channel, and ends when
 * that closes: a node that was killed leaves no runner behind.
 */
export async function answerOrders(engine: Engine): Promise<never> {
  let loaded: Loaded | null = null;
  sendReport({ type: 'ready', version: engine.version });
  for (let order = takeOrder(); order !== null; order = takeOrder()) {
    if (order.head.type === 'load') {
      const verdict = await loadSession(engine, order.head);
      if (verdict.ok) loaded = verdict.loaded;
      sendReport(
        verdict.ok
          ? { type: 'loaded', shapes: verdict.shapes }
          : { type: 'refused', reason: verdict.reason, message: verdict.message },
      );
    } else {
      const { report, body } = loaded
        ? await runSession(engine, loaded, order.head, order.body)
        : { report: { type: 'failed', reason: 'RunFailed', message: 'No model is loaded.' } as const, body: undefined };
      sendReport(report, body);
    }
  }
  process.exit(0);
}
