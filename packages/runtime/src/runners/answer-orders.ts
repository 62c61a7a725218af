import { answersBeforeHeld, type Report } from '../channel/messages.ts';
import { holdReport, sendReport, takeOrder } from './channel.ts';
import type { Engine } from './engine.ts';
import { type Loaded, loadEngine } from './load-engine.ts';
import { outliveSignals } from './outlive-signals.ts';
import { runEngine } from './run-engine.ts';

/**
 * The life of a process around one model whose runs cannot be interrupted. It knows nothing but the orders that come
 * over its channel, and ends when that closes: a node that was killed leaves no runner behind.
 */
export async function answerOrders(engine: Engine): Promise<never> {
  let loaded: Loaded | null = null;
  let answered = 0;
  // A run blocks this process: a cancel is read when it is over, and means nothing then.
  const taker = { signal: new AbortController().signal, send: null };
  outliveSignals();
  sendReport({ type: 'ready', version: engine.version });
  for (let order = takeOrder(); order !== null; order = takeOrder()) {
    const { head, body } = order;
    if (head.type === 'load') {
      const outcome = await loadEngine(engine, head);
      loaded = outcome.loaded;
      sendReport(outcome.report);
    } else if (head.type === 'run') {
      const answer = loaded ? await runEngine(engine, loaded, head, body, taker) : { report: noModel };
      if (answered++ < answersBeforeHeld) sendReport(answer.report, answer.body);
      else holdReport(answer.report, answer.body);
    }
  }
  process.exit(0);
}

export const noModel: Report = { type: 'failed', reason: 'RunFailed', message: 'No model is loaded.' };
