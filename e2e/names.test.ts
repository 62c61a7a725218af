import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildModel, type ModelSpec } from '@callable/formats/build';
import { createClient, runModel } from '@callable/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTempDir } from './support/open-temp-dir.ts';
import { spawnCallable } from './support/spawn-callable.ts';
import { type NetworkProcess, startNetwork } from './support/start-network.ts';

let place: Awaited<ReturnType<typeof openTempDir>>;
let network: NetworkProcess;
beforeAll(async () => {
  place = await openTempDir();
  network = await startNetwork({ dataDir: join(place.path, 'network'), home: place.path, examples: false });
}, 180_000);
afterAll(async () => {
  await network?.[Symbol.asyncDispose]();
  await place[Symbol.asyncDispose]();
});

const run = async (...words: string[]) => {
  const env = { CALLABLE_HOME: join(place.path, 'home'), CALLABLE_HUB: network.url };
  const { code, stdout, stderr } = await spawnCallable(words, { home: place.path, env }).ended;
  return { code, stdout, stderr };
};

/** All but the one that no manifest holds. */
const names = Object.getOwnPropertyNames(Object.prototype).filter((name) => name !== '__proto__');
const inputs = ['constructor', 'hasOwnProperty'];
const outputs = names.filter((name) => !inputs.includes(name));
const spec: ModelSpec = {
  inputs: inputs.map((name) => ({ name, datatype: 'FP32', shape: ['N'] })),
  // Without a shape: publish asks the runtime for it by name.
  outputs: outputs.map((name) => ({ name, datatype: 'FP32' })),
  nodes: outputs.map((name) => ({ op: 'Add', inputs, outputs: [name] })),
};
const sent = { constructor: [1, 2], hasOwnProperty: [0.5, 0.5] };

test('a model whose inputs and outputs are called like every member of Object is published and called at every door', async () => {
  const file = join(place.path, 'model.onnx');
  await writeFile(file, buildModel(spec));
  await writeFile(join(place.path, 'in.json'), JSON.stringify(sent));
  // No route takes the name away either.
  const published = await run('publish', file, '--name', 'statements', '--example', 'in.json', '--json');
  expect(`${published.stdout}${published.stderr}`).not.toMatch(/"code"/);
  expect(published.code).toBe(0);
  const { reference, manifest } = JSON.parse(published.stdout);
  expect(manifest?.outputs ?? outputs.map((name) => ({ name }))).toEqual(
    outputs.map((name) => expect.objectContaining({ name })),
  );
  const name = reference.split('@')[0];
  const right = Object.fromEntries(outputs.map((output) => [output, [1.5, 2.5]]));

  const called = await run('call', name, '--input', 'in.json');
  expect(called.code).toBe(0);
  expect(JSON.parse(called.stdout)).toEqual(right);

  const answer = await runModel(createClient(network.url), name, sent);
  expect(Object.keys(answer.outputs).sort()).toEqual([...outputs].sort());
  for (const output of outputs) expect(Object.hasOwn(answer.outputs, output)).toBe(true);

  const tensors = Object.entries(sent).map(([input, data]) => ({ name: input, shape: [2], datatype: 'FP32', data }));
  const infer = async (body: object) => {
    const at = `${network.url}/v2/models/${name}/infer`;
    const response = await fetch(at, { method: 'POST', body: JSON.stringify(body) });
    return { status: response.status, answer: await response.json() };
  };
  // As clients write what they do not say, and KServe's what has no elements.
  const whole = await infer({ id: null, outputs: null, parameters: null, inputs: tensors });
  expect(whole.status).toBe(200);
  expect(whole.answer.outputs.map(({ name: output }: { name: string }) => output).sort()).toEqual([...outputs].sort());
  const empty = tensors.map(({ data: _, ...tensor }) => ({
    ...{ ...tensor, shape: [0], data: null, parameters: { binary_data_size: 0 } },
  }));
  const nothing = await infer({ inputs: empty, outputs: [{ name: 'toString', parameters: null }] });
  expect(nothing).toMatchObject({ status: 200, answer: { outputs: [{ name: 'toString', shape: [0], data: [] }] } });

  const status = await run('status', name, '--json');
  expect(status.code).toBe(0);
  for (const [path, code] of [
    [`${name}`, 200],
    [`${name}/statements`, 200],
    [`${name.replace('statements', 'events')}`, 404],
  ])
    expect((await fetch(`${network.url}/v1/releases/${path}`)).status).toBe(code);
});

test('of names that no manifest holds the true reason is said before anything is uploaded', async () => {
  for (const [name, why] of [
    ['o'.repeat(257), 'has more than 256 characters'],
    ['__proto__', 'is one that the runtime loses'],
  ] as const) {
    const file = join(place.path, 'named.onnx');
    const one = { name, datatype: 'FP32', shape: ['N'] } as const;
    await writeFile(file, buildModel({ ...spec, outputs: [one], nodes: [{ op: 'Add', inputs, outputs: [name] }] }));
    const refused = await run('publish', file, '--name', 'named', '--example', 'in.json');
    expect(refused.code).not.toBe(0);
    expect(refused.stderr.replaceAll(/\s+/g, ' ')).toContain(why);
  }
});
