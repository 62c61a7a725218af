export const title = "120 keys' releases before a victim's: its way to callable";
export const target = '5 s';
/** So that the flood and its victims come from networks of their own; builds of before know one. */
export const args = ['--trusted-proxies', '1'];

const keys = 120;
const atOnce = 8;
const crowded = '203.0.113.7';
const elsewhere = '198.51.100.7';

export async function flood(victim) {
  const known = victim.newKey();
  const alone = await wayOf(victim, { salt: 5000, key: known, from: crowded });
  let [next, refused] = [1, 0];
  const flooders = Array.from({ length: atOnce }, async () => {
    while (next <= keys)
      await victim.publish({ name: 'crowd', salt: 1000 + next++ }, { from: crowded }).catch(() => {
        refused++;
      });
  });
  await Promise.all(flooders);
  const last = await victim.publish({ name: 'victim', salt: 5001 }, { from: crowded });
  const [record, other] = await Promise.all([
    wayOf(victim, { salt: 5002, key: known, from: crowded }),
    wayOf(victim, { salt: 5003, from: elsewhere }),
  ]);
  const queue = await fetch(`${victim.url}/v1/queue/${last}`).then((answer) => answer.json());
  const [place] = queue.places ?? [];
  const waits = place ? `still waits: ${place.step}, ${place.basis}` : 'has passed';
  return `behind them ${record.toFixed(1)} s by a key of their network with a release that works, ${other.toFixed(1)} s by a new key elsewhere; ${alone.toFixed(1)} s alone; a new key of their network ${waits}; ${refused} of the ${keys} were refused`;
}

/** Seconds from the acknowledged release to callable. */
async function wayOf(victim, { salt, ...by }) {
  const reference = await victim.publish({ name: `victim-${salt}`, salt }, by);
  const started = performance.now();
  await victim.untilCallable(reference);
  return (performance.now() - started) / 1000;
}
