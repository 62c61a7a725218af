import { sleep } from '../floods/open-target.mjs';
import { processesOf } from './role-of.mjs';

const everyMs = 12_000;
/** Longer than a gateway waits for a node that says nothing: its link breaks, and it dials again. */
const frozenMs = 8000;

const pick = (root, role) => {
  const found = processesOf(root).filter((each) => each.role === role);
  return found[Math.floor(Math.random() * found.length)];
};

/** Ends a runner, a node, the database or the hub in turn, or freezes a node until its link is gone. */
export async function makeTrouble(root, said, signal) {
  const turns = [
    ['runner', 'killed'],
    ['node', 'killed'],
    ['node', 'frozen'],
    ['postgres', 'killed'],
    // Where the hub is a process of its own.
    ['hub', 'killed'],
  ];
  for (let n = 0; !signal.aborted; n++) {
    await pause(everyMs, signal);
    if (signal.aborted) return;
    const [role, what] = turns[n % turns.length];
    const victim = pick(root, role);
    if (!victim) continue;
    said.set(`${role} ${what}`, (said.get(`${role} ${what}`) ?? 0) + 1);
    if (what === 'killed') tryKill(victim.pid, 'SIGKILL');
    else {
      tryKill(victim.pid, 'SIGSTOP');
      await pause(frozenMs, signal);
      tryKill(victim.pid, 'SIGCONT');
    }
  }
}

async function pause(ms, signal) {
  const end = performance.now() + ms;
  while (performance.now() < end && !signal.aborted) await sleep(100);
}

function tryKill(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}
