export const title = "120 keys' releases before a victim's: its way to callable";
export const target = '5 s';

const keys = 120;
const atOnce = 8;

export async function flood(victim) {
  const alone = await wayOf(victim, 0);
  let [next, refused] = [1, 0];
  const flooders = Array.from({ length: atOnce }, async () => {
    while (next <= keys)
      await victim.publish({ name: 'crowd', salt: 1000 + next++ }).catch(() => {
        refused++;
      });
  });
  await Promise.all(flooders);
  const behind = await wayOf(victim, 1);
  return `${behind.toFixed(1)} s behind them, ${alone.toFixed(1)} s alone; ${refused} of the ${keys} were refused`;
}

/** Seconds from the acknowledged release to callable. */
async function wayOf(victim, salt) {
  const reference = await victim.publish({ name: 'victim', salt: 5000 + salt });
  const started = performance.now();
  await victim.untilCallable(reference);
  return (performance.now() - started) / 1000;
}
