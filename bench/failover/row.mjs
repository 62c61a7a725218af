import { loadavg } from 'node:os';
import { sleep } from '../floods/open-target.mjs';
import { startOpenLoad } from './open-load.mjs';
import { startNodes, untilAllAnswer } from './start-nodes.mjs';

const nodes = 3;
const perSecond = 200;
const everyMs = 10_000;
const kills = 6;

export const title = `${perSecond} calls/s while one of ${nodes} nodes is killed every ${everyMs / 1000} s, ${kills} times: failed calls`;
export const target = 'none';

export async function measure(checkout, place) {
  const network = await startNodes(checkout, place, nodes);
  try {
    await untilAllAnswer(network);
    const load = startOpenLoad(network, { perSecond, timeoutMs: 10_000 });
    try {
      for (let n = 0; n < kills; n++) {
        const began = performance.now();
        const victim = network.nodes[n % nodes];
        victim.kill('SIGKILL');
        await victim.ended();
        await victim.restart();
        await sleep(Math.max(0, began + everyMs - performance.now()));
      }
    } finally {
      load.stop();
    }
    const { sent, failed, p50, p99, slowest, late } = await load.ended;
    const count = Object.values(failed).reduce((sum, each) => sum + each, 0);
    const times = `p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms, slowest ${slowest.toFixed(0)} ms`;
    return `${count} of ${sent} ${JSON.stringify(failed)}; ${times}; sent at most ${late.toFixed(0)} ms late, load average ${loadavg()[0].toFixed(1)}`;
  } finally {
    await network.stop();
  }
}
