import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Compared, compareReaders } from './support/compare-readers.ts';
import { startTwoReaders } from './support/start-two-readers.ts';
import {
  coldTargets,
  cut,
  hotTargets,
  nestedShapes,
  plainBody,
  plainLines,
  post,
  strangeLines,
  strangeShapes,
  write,
} from './support/strange-requests.ts';
import { watchLibrary } from './support/watch-library.ts';

// One code answers, two read. Whatever a stranger sends, in whatever pieces, both must find the same requests in it: what is plain
// our own reader, and all the rest node:http.

let two: Awaited<ReturnType<typeof startTwoReaders>>;
let expectSame: ReturnType<typeof compareReaders>;
const library = watchLibrary();
beforeAll(async () => {
  two = await startTwoReaders();
  expectSame = compareReaders(two.ports, library);
});
afterAll(async () => {
  library[Symbol.dispose]();
  await two[Symbol.asyncDispose]();
});

const good = (heard: string) => heard.split('HTTP/1.1 200 OK\r\n').length - 1;
const hidden = () => write(post(`/v1/run/${two.release.reference}`, '{"X":[[9]]}'));

test('plain calls on the hot addresses are read here and answered, and the answers are the same bytes', async () => {
  for (const target of hotTargets(two.release)) {
    const { heard, own, left } = await expectSame([Buffer.from(write(post(target)))]);
    expect([target, good(heard), own, left]).toEqual([target, 1, 1, 0]);
  }
  const all = hotTargets(two.release).map((target) => write(post(target, plainBody, ...plainLines.slice(0, 6))));
  const { heard, own, left } = await expectSame(cut(all.join(''), [0.2, 0.21, 0.8]));
  expect([good(heard), own, left]).toEqual([all.length, all.length, 0]);
});

test('what is not plain, and all after it on its connection, is read by node:http', async () => {
  const [target = ''] = hotTargets(two.release);
  for (const cold of coldTargets(two.release)) {
    const { own } = await expectSame([Buffer.from(write(post(cold)) + hidden())]);
    expect([cold, own]).toEqual([cold, 0]);
  }
  for (const line of strangeLines) {
    const { own } = await expectSame([Buffer.from(write(post(target, plainBody, line)) + hidden(), 'latin1')]);
    expect([line, own]).toEqual([line, 0]);
  }
});

const more = (list: string[], most: number) => fc.uniqueArray(fc.constantFrom(...list), { maxLength: most });
const oneOf = (usual: string, others: string[]) =>
  fc.oneof({ weight: 6, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...others) });
const anyShare = fc.nat(998).map((part) => part / 999);
const anyRequest = fc.record({
  /** Below 7 it is a hot one. */
  target: fc.oneof({ weight: 5, arbitrary: fc.nat(6) }, { weight: 1, arbitrary: fc.nat(22) }),
  lines: fc.tuple(
    more(plainLines, 3),
    fc.oneof({ weight: 1, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: more(strangeLines, 2) }),
  ),
  method: oneOf('POST', ['GET', 'post', 'PUT', 'OPTIONS', 'HEAD', 'POSt']),
  version: oneOf('HTTP/1.1', ['HTTP/1.0', 'HTTP/1.2', 'http/1.1', 'HTTP/1.1 ', 'HTTP/2.0']),
  length: oneOf('13', ['0', '12', '14', '+13', '013', '0x0d', '13, 13', '1e1', '-1', '13 ', '99999999999999999999']),
  flip: fc.option(fc.record({ at: anyShare, to: fc.integer({ min: 0, max: 255 }) }), { freq: 4 }),
  cuts: fc.array(anyShare, { maxLength: 3 }),
  /** What is plain comes first on most connections: only there our reader is still at work. */
  before: fc.array(fc.nat(6), { maxLength: 2 }),
});
type Asked = typeof anyRequest extends fc.Arbitrary<infer Value> ? Value : never;

/** Its bytes, and whether our own reader must take it; null where a byte was changed and nobody knows. */
function requestOf({ target, lines, method, version, length, flip }: Asked): { text: string; isPlain: boolean | null } {
  const address = [...hotTargets(two.release), ...coldTargets(two.release)][target] ?? '/';
  const headers = ['Host: 127.0.0.1', ...lines.flat(), `Content-Length: ${length}`];
  const text = write({ line: `${method} ${address} ${version}`, headers, body: plainBody });
  if (flip) {
    const at = Math.floor(flip.at * text.length);
    return { text: `${text.slice(0, at)}${String.fromCharCode(flip.to)}${text.slice(at + 1)}`, isPlain: null };
  }
  const isUsual = method === 'POST' && version === 'HTTP/1.1' && /^1[234]$/.test(length);
  return { text, isPlain: isUsual && target < 7 && lines[1].length === 0 };
}

async function expectFound(asked: Asked): Promise<Compared> {
  const before = asked.before.map((target) => write(post(hotTargets(two.release)[target] ?? '')));
  const { text, isPlain } = requestOf(asked);
  const compared = await expectSame(cut(text, asked.cuts), Buffer.from(before.join('')));
  const { own } = compared;
  if (isPlain !== null) expect([text, own - before.length]).toEqual([text, isPlain ? 1 : 0]);
  else expect(own).toBeGreaterThanOrEqual(before.length);
  return compared;
}

test('attack: two readers of one connection find the same requests in whatever is sent, however it is cut', async () => {
  const [runs, atOnce] = [50, 12];
  const found = { connections: 0, own: 0, left: 0, good: 0 };
  const many = fc.array(anyRequest, { minLength: atOnce, maxLength: atOnce });
  await fc.assert(
    fc.asyncProperty(many, async (all) => {
      for (const { own, left, heard } of await Promise.all(all.map(expectFound))) {
        found.connections++;
        found.own += own;
        found.left += left;
        found.good += good(heard);
      }
    }),
    { seed: 44, numRuns: runs, endOnFailure: true },
  );
  // None of it is a test of one way alone.
  expect(found.connections).toBe(runs * atOnce);
  expect(Math.min(found.own, found.good)).toBeGreaterThan(400);
  expect(found.left).toBeGreaterThan(60);
}, 120_000);

test('attack: a request that means two things is read as node:http reads it, alone and behind a plain call', async () => {
  const [target = ''] = hotTargets(two.release);
  for (const [name, shape] of Object.entries(strangeShapes(target, hidden())))
    for (const before of [[], [write(post(target))]])
      for (const cuts of [[], [0.5], [0.3, 0.31, 0.9]]) {
        const { own } = await expectSame(cut(before.join('') + shape + hidden(), cuts));
        expect([name, own]).toEqual([name, before.length]);
      }
});

test('attack: a request inside another is a body, and one behind a short body is what node:http finds', async () => {
  const [target = ''] = hotTargets(two.release);
  for (const shape of Object.values(nestedShapes(target, hidden())))
    for (const before of ['', write(post(target))])
      for (const cuts of [[], [0.5], [0.3, 0.31, 0.9]]) await expectSame(cut(before + shape + hidden(), cuts));
});
