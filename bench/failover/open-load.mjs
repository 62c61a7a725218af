import { sleep } from '../floods/open-target.mjs';
import { callOnce } from './start-nodes.mjs';

/**
 * Calls that are sent when they are due, whatever came back of those before: who waits for an answer before the next call
 * does not notice a pause. Each is timed from when it was due. `ended` resolves when all have an answer.
 */
export function startOpenLoad(network, { perSecond, timeoutMs }) {
  const [failed, times, running] = [{}, [], new Set()];
  let [sent, late, isOver] = [0, 0, false];
  const began = performance.now();
  const send = (due) => {
    const waited = performance.now() - due;
    late = Math.max(late, waited);
    const call = callOnce(network, sent++, timeoutMs).then(({ ok, code, ms }) => {
      running.delete(call);
      times.push(waited + ms);
      if (!ok) failed[code] = (failed[code] ?? 0) + 1;
    });
    running.add(call);
  };
  const ended = (async () => {
    while (!isOver) {
      for (let due = began + (sent * 1000) / perSecond; due <= performance.now(); due += 1000 / perSecond) send(due);
      await sleep(1);
    }
    await Promise.all(running);
    times.sort((a, b) => a - b);
    const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))];
    return { sent, failed, late, p50: at(0.5), p99: at(0.99), slowest: at(1) };
  })();
  return {
    ended,
    stop() {
      isOver = true;
    },
  };
}
