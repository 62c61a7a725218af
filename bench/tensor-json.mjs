/**
 * The tensor codec against JSON.parse and JSON.stringify, on the floats of one 224 × 224 image.
 * Run: npx tsc -b packages/protocol && node bench/tensor-json.mjs
 * All parties take turns in one process; trust the ratios, not the milliseconds.
 */
import { parsePlainInputs, writePlainOutputs } from '@callable/protocol';

const shape = [1, 3, 224, 224];
const count = shape.reduce((a, b) => a * b, 1);
const floats = Float32Array.from({ length: count }, () => Math.random() * 2 - 1);
const specs = [{ name: 'x', datatype: 'FP32', shape }];
const tensor = { name: 'x', datatype: 'FP32', shape, data: new Uint8Array(floats.buffer) };
const encoder = new TextEncoder();
const decoder = new TextDecoder();

const nest = (values, sizes) => {
  if (sizes.length === 1) return Array.from(values);
  const step = values.length / sizes[0];
  return Array.from({ length: sizes[0] }, (_, i) => nest(values.subarray(i * step, (i + 1) * step), sizes.slice(1)));
};
const nested = nest(floats, shape);
const asDoubles = encoder.encode(JSON.stringify({ x: nested }));
const asFloats = writePlainOutputs([tensor]);
const rounded = encoder.encode(
  JSON.stringify(
    {
      x: nest(
        floats.map((value) => Math.round(value * 1e4) / 1e4),
        shape,
      ),
    },
    (_, value) => (typeof value === 'number' ? Number(value.toFixed(4)) : value),
  ),
);

const jsonParse = (bytes) => Float32Array.from(JSON.parse(decoder.decode(bytes)).x.flat(3));
const scan = (bytes) => {
  const verdict = parsePlainInputs(bytes, specs);
  if (!verdict.ok) throw new Error(verdict.problem.message);
  return verdict.value[0].data;
};

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
function race(title, parties) {
  const times = Object.fromEntries(Object.keys(parties).map((name) => [name, []]));
  for (let round = 0; round < 25; round++)
    for (const [name, run] of Object.entries(parties)) {
      const start = performance.now();
      run();
      if (round >= 5) times[name].push(performance.now() - start);
    }
  const medians = Object.entries(times).map(([name, values]) => [name, median(values)]);
  const [first] = medians;
  console.log(title);
  for (const [name, ms] of medians)
    console.log(`  ${name.padEnd(44)} ${ms.toFixed(2).padStart(8)} ms  ${(first[1] / ms).toFixed(2)}x`);
}

console.log(`${count} floats; node ${process.version}`);
race(`read, 17 digits as encoders of doubles write them (${asDoubles.length} bytes)`, {
  'JSON.parse + Float32Array': () => jsonParse(asDoubles),
  parsePlainInputs: () => scan(asDoubles),
});
race(`read, fewest digits of FP32 (${asFloats.length} bytes)`, {
  'JSON.parse + Float32Array': () => jsonParse(asFloats),
  parsePlainInputs: () => scan(asFloats),
});
race(`read, 4 decimals (${rounded.length} bytes)`, {
  'JSON.parse + Float32Array': () => jsonParse(rounded),
  parsePlainInputs: () => scan(rounded),
});
race('write', {
  'nest + JSON.stringify (doubles, longer text)': () => encoder.encode(JSON.stringify({ x: nest(floats, shape) })),
  writePlainOutputs: () => writePlainOutputs([tensor]),
});
