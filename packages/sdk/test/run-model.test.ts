import { RunAnswer } from '@callable/protocol';
import { expect, test } from 'vitest';
import { createClient, runModel } from '../src/index.ts';
import { sample } from './sample.ts';
import { serve } from './serve.ts';

/** A gateway that answers with these outputs, and what it was sent. */
async function call(
  inputs: Parameters<typeof runModel>[2],
  outputs = '{}',
  options: Parameters<typeof runModel>[3] = {},
) {
  const { outputs: _, ...behind } = sample(RunAnswer) as RunAnswer;
  const { url, asked } = await serve((response) =>
    response.end(`{"outputs":${outputs},${JSON.stringify(behind).slice(1)}`),
  );
  const answer = await runModel(createClient(url), 'acme/x', inputs, options);
  return { answer, sent: String(asked[0]?.body), path: asked[0]?.path };
}

test('INT64 and UINT64 reach the wire and the caller to the last digit, -0 and NaN too', async () => {
  const { answer, sent } = await call(
    {
      ids: [9223372036854775807n, -9223372036854775808n, 3],
      typed: new BigUint64Array([18446744073709551615n]),
      nested: [[new Float32Array([0.5])], [[-0]]],
      floats: [Number.NaN, Number.POSITIVE_INFINITY, -0],
    },
    '{"y":[9223372036854775807,-9007199254740993,9007199254740991,-0],"f":[1e+20,"NaN"]}',
  );
  expect(sent).toBe(
    '{"ids":[9223372036854775807,-9223372036854775808,3],"typed":[18446744073709551615],"nested":[[[0.5]],[[-0]]],"floats":["NaN","Infinity",-0]}',
  );
  expect(answer.outputs).toEqual({
    y: [9223372036854775807n, -9007199254740993n, 9007199254740991, -0],
    f: [1e20, 'NaN'],
  });
});

test('a number that may have been rounded before it came here is sent so that no INT64 takes it for exact', async () => {
  const { sent } = await call({ x: [2 ** 53, 2 ** 60, 1e20] });
  expect(sent).toBe('{"x":[9.007199254740992e+15,1.152921504606847e+18,1e+20]}');
});

test('a text is sent as it is: whoever has JSON in a file loses nothing by parsing it', async () => {
  const text = '{ "x": [1e400, -0.0, 9007199254740993] }';
  expect((await call(text)).sent).toBe(text);
});

test('a proof is asked for in the address, which a signature covers', async () => {
  expect((await call({}, '{}', { proof: true })).path).toBe('/v1/run/acme/x?proof=1');
  expect((await call({})).path).toBe('/v1/run/acme/x');
});
