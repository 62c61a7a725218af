import { loopingRelease } from '@callable/stand-ins';
import { sleep } from './open-target.mjs';

export const title = "100 signed calls of one stranger's slow model: a victim's calls answered";
export const target = '83 of 83';

const callers = 100;
const calls = 83;

export async function flood(victim) {
  const { manifest, files } = loopingRelease();
  const { inputs, outputs, vectors } = manifest;
  const slow = await victim.publish({ name: 'slow', bytes: files[0], inputs, outputs, vectors });
  const reference = await victim.publish({ salt: 2 });
  await victim.untilCallable(slow);
  await victim.untilCallable(reference);
  let isOver = false;
  const body = JSON.stringify({ times: 300_000, x: 1 });
  const flooders = Array.from({ length: callers }, async () => {
    while (!isOver) {
      // A key for each call: none of them has ever called before.
      const headers = { 'callable-timeout-ms': '120000' };
      const answer = await victim
        .signed(victim.newKey(), `/v1/run/${slow}`, body, headers)
        .catch(() => ({ status: 0 }));
      if (answer.status !== 200) await sleep(200);
    }
  });
  await sleep(1000);
  const [answers, times] = [{}, []];
  for (let i = 0; i < calls; i++) {
    const started = performance.now();
    const { status, code = '' } = await victim.signed(victim.newKey(), `/v1/run/${reference}`, '{"x":[1]}');
    times.push(performance.now() - started);
    answers[`${status} ${code}`.trim()] = (answers[`${status} ${code}`.trim()] ?? 0) + 1;
    await sleep(150);
  }
  isOver = true;
  await Promise.race([Promise.all(flooders), sleep(20_000)]);
  times.sort((a, b) => a - b);
  return `${answers[200] ?? 0} of ${calls}, median ${Math.round(times[calls >> 1])} ms, slowest ${Math.round(times.at(-1))} ms; ${JSON.stringify(answers)}`;
}
