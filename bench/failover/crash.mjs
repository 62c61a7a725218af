import { sleep } from '../floods/open-target.mjs';
import { callOnce, startNodes, untilAllAnswer } from './start-nodes.mjs';

export const title = 'kill -9 of the only node with 16 calls under way, back at once: first answer after the kill';
export const target = '2.5 s';

const callers = 16;
const patienceMs = 30_000;

export async function measure(checkout, place) {
  const network = await startNodes(checkout, place, 1);
  try {
    await untilAllAnswer(network);
    const [node] = network.nodes;
    const counts = { answered: 0, refused: 0 };
    let [killedAt, firstAt, isOver, next] = [null, null, false, 0];
    const lanes = Array.from({ length: callers }, async () => {
      while (!isOver) {
        const began = performance.now();
        const { ok } = await callOnce(network, next++, 10_000);
        if (killedAt === null || began < killedAt) continue;
        counts[ok ? 'answered' : 'refused']++;
        if (ok) firstAt ??= performance.now();
        else await sleep(5);
      }
    });
    await sleep(500);
    killedAt = performance.now();
    node.kill('SIGKILL');
    await node.ended();
    await node.restart();
    const backAt = performance.now();
    while (firstAt === null && performance.now() - killedAt < patienceMs) await sleep(10);
    isOver = true;
    await Promise.all(lanes);
    const seconds = (at) => `${((at - killedAt) / 1000).toFixed(1)} s`;
    const first = firstAt === null ? `more than ${patienceMs / 1000} s` : seconds(firstAt);
    return `${first} (joined again after ${seconds(backAt)}; ${counts.refused} refusals before or beside)`;
  } finally {
    await network.stop();
  }
}
