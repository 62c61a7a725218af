import { sleep } from '../floods/open-target.mjs';
import { nest } from '../support/call-models.mjs';

const timeoutMs = 20_000;
/** Beyond its own deadline a call has this long to hear what came of it. */
const patienceMs = 15_000;

/** How many lanes of each model, and how long a lane rests between two calls: the machine is to be busy, not drowned. */
const lanes = { tiny: [6, 20], digits: [3, 30], squeeze: [1, 500] };

/**
 * Lanes of right calls, every other one signed by a key of its own, until the signal aborts. Each output is compared with
 * what a bare session gave for the same numbers.
 */
export async function makeGoodCalls(target, models, references, tally, signal) {
  const work = [];
  for (const model of models) {
    const cases = [];
    for (let n = 0; n < (model.name === 'squeeze' ? 3 : 16); n++) {
      const drawn = model.draw();
      const inputs = Object.fromEntries(drawn.map((each) => [each.name, nest(each.data, each.dims)]));
      cases.push({ inputs, expected: await model.run(drawn) });
    }
    const [count, pauseMs] = lanes[model.name];
    for (let lane = 0; lane < count; lane++) {
      const key = lane % 2 === 0 ? {} : { key: target.newKey() };
      const client = target.sdk.createClient(target.url, key);
      const call = (each) => callOnce(target.sdk, client, references.get(model.name), each);
      work.push(repeat(`${key.key ? 'signed' : 'keyless'} ${model.name}`, cases, call, pauseMs, tally, signal));
    }
  }
  await Promise.all(work);
}

async function repeat(name, cases, call, pauseMs, tally, signal) {
  for (let n = 0; !signal.aborted; n++) {
    const result = await call(cases[n % cases.length]);
    tally.add(`${name}: ${result}`);
    if (result === 'wrong') tally.wrong.push(name);
    if (result === 'stuck') tally.stuck.push(name);
    await sleep(pauseMs);
  }
}

async function callOnce(sdk, client, reference, { inputs, expected }) {
  const deadline = AbortSignal.timeout(timeoutMs + patienceMs);
  try {
    const { outputs } = await sdk.runModel(client, reference, inputs, { timeoutMs, signal: deadline });
    const isRight = Object.entries(expected).every(([name, { data }]) => {
      const flat = [outputs[name]].flat(8);
      return (
        flat.length === data.length &&
        flat.every((value, n) => Math.abs(value - data[n]) <= 1e-5 + 1e-4 * Math.abs(data[n]))
      );
    });
    return isRight ? 'right' : 'wrong';
  } catch (error) {
    if (deadline.aborted) return 'stuck';
    return error.code ?? error.name;
  }
}
