import { buildModel } from '@callable/formats/build';
import { sleep } from './open-target.mjs';

export const title = "100 signed calls of one stranger's slow model: a victim's calls answered";
export const target = '83 of 83';

const callers = 100;
const calls = 83;

export async function flood(victim) {
  const scalar = (name, datatype) => ({ name, datatype, shape: [] });
  const slow = await victim.publish({ name: 'slow', bytes: slowModel(), ...slowFields });
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

  function slowModel() {
    const loop = {
      inputs: [scalar('i', 'INT64'), scalar('go', 'BOOL'), scalar('before', 'FP32')],
      outputs: [scalar('goOn', 'BOOL'), scalar('after', 'FP32')],
      nodes: [
        { op: 'Identity', inputs: ['go'], outputs: ['goOn'] },
        { op: 'Add', inputs: ['before', 'step'], outputs: ['after'] },
      ],
      initializers: [{ name: 'step', datatype: 'FP32', shape: [], values: [1] }],
    };
    return buildModel({
      inputs: slowFields.inputs,
      outputs: slowFields.outputs,
      initializers: [{ name: 'most', datatype: 'INT64', shape: [], values: [1_000_000] }],
      nodes: [
        { op: 'Min', inputs: ['times', 'most'], outputs: ['steps'] },
        { op: 'Loop', inputs: ['steps', '', 'x'], outputs: ['y'], attributes: { body: { graph: loop } } },
      ],
    });
  }
}

const field = (name, datatype) => ({ name, datatype, shape: [] });
const slowFields = {
  inputs: [field('times', 'INT64'), field('x', 'FP32')],
  outputs: [field('y', 'FP32')],
  vectors: [{ name: 'few', inputs: { times: 3, x: 1 }, outputs: { y: 4 }, rtol: 0, atol: 0 }],
};
