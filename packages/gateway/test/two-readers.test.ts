import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTalk, turn } from './support/say-and-listen.ts';
import { startTwoReaders } from './support/start-two-readers.ts';

// One code answers, two read. Whatever a stranger sends, in whatever pieces, both must find the same requests in it.

let two: Awaited<ReturnType<typeof startTwoReaders>>;
beforeAll(async () => {
  two = await startTwoReaders();
});
afterAll(() => two[Symbol.asyncDispose]());

const body = '{"X":[[1,2]]}';
const refused = /HTTP\/1.1 400 Bad Request\r\nContent-Length: 65\r\nContent-Type: application\/json\r\n\r\n\{[^}]*\}$/;
const patienceMs = 20_000;

/** Turns of the event loop until something holds. */
async function until(holds: () => boolean): Promise<boolean> {
  const endsAt = performance.now() + patienceMs;
  for (let times = 0; times < 3; times++) await turn();
  while (!holds() && performance.now() < endsAt) await turn();
  return holds();
}

/**
 * Says the same pieces to both, ends, and compares all that was heard. node:http reads ahead: when it meets what is no HTTP,
 * the answers it owes are lost with the connection. Nothing else may differ.
 */
async function expectSame(pieces: readonly Buffer[], before = Buffer.alloc(0)): Promise<string> {
  const [own, library] = await Promise.all([openTalk(two.ports.own), openTalk(two.ports.library)]);
  const isSame = () => {
    const [said, meant] = [own.heard(), library.heard()];
    if (own.isClosed() !== library.isClosed()) return false;
    if (said === meant || !own.isClosed()) return said === meant;
    // Which answers are lost depends on how the bytes were read, also for node:http beside itself.
    const [given, due] = [said.replace(refused, ''), meant.replace(refused, '')];
    return (given !== said || due !== meant) && (given.startsWith(due) || due.startsWith(given));
  };
  try {
    if (before.length > 0) {
      await Promise.all([own.say(before), library.say(before)]);
      await until(() => isSame() && own.heard() !== '');
    }
    for (const piece of pieces) await Promise.all([own.say(piece), library.say(piece)]);
    const wasSame = await until(isSame);
    own.socket.end();
    library.socket.end();
    const isClosed = await until(() => own.isClosed() && library.isClosed());
    if (!wasSame || !isClosed || !isSame())
      expect.fail(JSON.stringify({ own: own.heard(), library: library.heard(), wasSame, isClosed }));
    return own.heard();
  } finally {
    own.socket.destroy();
    library.socket.destroy();
  }
}

/** Cuts a text at these shares of its length. */
function cut(text: string, at: readonly number[]): Buffer[] {
  const bytes = Buffer.from(text, 'latin1');
  const places = [0, ...at.map((share) => Math.floor(share * bytes.length)).sort((a, b) => a - b), bytes.length];
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end));
}

const address = () => `/v1/run/${two.release.reference}`;
type Parts = { line: string; headers: string[]; body: string };
const write = ({ line, headers, body: text }: Parts) => `${[line, ...headers].join('\r\n')}\r\n\r\n${text}`;
const plain = (target = address(), text = body, ...more: string[]): Parts => ({
  line: `POST ${target} HTTP/1.1`,
  headers: ['Host: 127.0.0.1', ...more, `Content-Length: ${text.length}`],
  body: text,
});
const escaped = () => two.release.reference.replace('/', '%2F');
const hidden = () => write(plain(address(), '{"X":[[9]]}'));

/** Addresses that are hot, and ones that look like it. */
const targets: (() => string)[] = [
  address,
  () => `${address()}?proof=1`,
  () => `/v1/run/${two.release.digest}`,
  () => `/v2/models/${two.release.reference}/infer`,
  () => `/v2/models/${escaped()}/infer?proof=1`,
  () => `/v2/models/${two.release.reference.split('@')[0]}/versions/1.0.0/infer`,
  () => `/v2/models/${two.release.digest}/infer`,
  () => `${address()}?proof=2`,
  () => `${address()}/`,
  () => `/v1/run/${escaped()}`,
  () => `/v1//run/${two.release.reference}`,
  () => `/v1/run/../run/${two.release.reference}`,
  () => '/v1/run/nobody/nothing',
  () => '/v1/run/a',
  () => `/v2/models/${two.release.reference}/ready`,
  () => `/v2/models/${two.release.reference}/infer/`,
  () => `http://127.0.0.1${address()}`,
  () => `${address()}#x`,
  () => `${address()};x=1`,
  () => `${address()}%00`,
  () => `${address()}%zz`,
  () => `/v1/run/${'a'.repeat(300)}/b`,
];

/** Lines a sender may add; some belong to every client, some to none. */
const lines: string[] = [
  ...[
    'Accept: */*',
    'User-Agent: curl/8',
    'Content-Type: application/json',
    'content-type: Application/JSON; charset=UTF-8',
  ],
  ...[
    'Content-Type: application/x-www-form-urlencoded',
    'Content-Type: text/',
    'Content-Type: ',
    'Accept: text/event-stream',
  ],
  ...[
    'Connection: keep-alive',
    'Connection: close',
    'Connection: Keep-Alive, x',
    'Connection: upgrade',
    'Upgrade: h2c',
  ],
  ...[
    'Expect: 100-continue',
    'Origin: http://127.0.0.1',
    'Origin: https://elsewhere.example',
    'Host: elsewhere.example',
  ],
  ...['Content-Encoding: gzip', 'Transfer-Encoding: chunked', 'Transfer-Encoding: identity', 'TE: trailers'],
  ...['callable-timeout-ms: 5000', 'callable-timeout-ms: x', 'callable-probe: true', 'callable-confirm: 3'],
  ...['callable-signature: 0x00', 'callable-copy: no', 'X-Forwarded-For: 10.0.0.1', 'traceparent: 00-11-22-01'],
  ...['Content-Length: 13', 'Content-Length: 5', 'Content-Length : 13', 'Content_Length: 13', 'content-length: 0'],
  ...[
    'X: a\tb',
    'X:\ta',
    'X: a ',
    'X:',
    'X : a',
    ' X: a',
    'X: a\r\n b',
    'X: \u00e9',
    'X\u00e9: a',
    'X: a\nY: b',
    'X: a\rY: b',
  ],
  ...['__proto__: a', 'constructor: a', 'Keep-Alive: 5', 'Trailer: X', 'Proxy-Connection: close', 'Accept-Version: 2'],
  ...[`X: ${'a'.repeat(9000)}`, `X: ${'a'.repeat(17_000)}`, 'Inference-Header-Content-Length: 0', 'X: a\0b'],
];

const anyRequest = fc.record({
  target: fc.nat(targets.length - 1),
  more: fc.array(fc.nat(lines.length - 1), { maxLength: 3 }),
  method: fc.constantFrom('POST', 'POST', 'POST', 'POST', 'POST', 'GET', 'post', 'PUT', 'OPTIONS'),
  version: fc.constantFrom(
    'HTTP/1.1',
    'HTTP/1.1',
    'HTTP/1.1',
    'HTTP/1.1',
    'HTTP/1.0',
    'HTTP/1.2',
    'http/1.1',
    'HTTP/1.1 ',
  ),
  length: fc.constantFrom(
    '',
    '',
    '',
    '',
    '',
    '0',
    '12',
    '14',
    '+13',
    '013',
    '0x0d',
    '13, 13',
    '1e1',
    '-1',
    '99999999999999999999',
  ),
  flip: fc.option(
    fc.record({ at: fc.double({ min: 0, max: 0.999, noNaN: true }), to: fc.integer({ min: 0, max: 255 }) }),
    {
      freq: 6,
    },
  ),
});

type Asked = typeof anyRequest extends fc.Arbitrary<infer Value> ? Value : never;

function requestOf({ target, more, method, version, length, flip }: Asked): string {
  const added = more.map((index) => lines[index] ?? '');
  const parts = plain(targets[target]?.(), body, ...added);
  const headers = length === '' ? parts.headers : [...parts.headers.slice(0, -1), `Content-Length: ${length}`];
  const text = write({ ...parts, headers, line: `${method} ${targets[target]?.()} ${version}` });
  if (!flip) return text;
  const at = Math.floor(flip.at * text.length);
  return `${text.slice(0, at)}${String.fromCharCode(flip.to)}${text.slice(at + 1)}`;
}

test('attack: two readers of one connection find the same requests in whatever is sent, however it is cut', async () => {
  const anyCuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 3 });
  // What is plain comes first on most connections: only there our reader is still at work.
  const anyBefore = fc.array(fc.nat(6), { maxLength: 2 });
  await fc.assert(
    fc.asyncProperty(anyBefore, anyRequest, anyCuts, async (before, request, cuts) => {
      const first = before.map((target) => write(plain(targets[target]?.()))).join('');
      await expectSame(cut(requestOf(request), cuts), Buffer.from(first));
    }),
    { seed: 44, numRuns: 150, endOnFailure: true },
  );
}, 120_000);

const shapes: Record<string, () => string> = {
  'two lengths': () => write(plain(address(), body, 'Content-Length: 5')),
  'two equal lengths': () => write(plain(address(), body, 'Content-Length: 13')),
  'a list of lengths': () => write({ ...plain(), headers: ['Host: a', 'Content-Length: 13, 13'] }),
  'a length with a sign': () => write({ ...plain(), headers: ['Host: 127.0.0.1', 'Content-Length: +13'] }),
  'a length in hex': () => write({ ...plain(), headers: ['Host: 127.0.0.1', 'Content-Length: 0xd'] }),
  'a length with zeros before it': () => write({ ...plain(), headers: ['Host: 127.0.0.1', 'Content-Length: 0013'] }),
  'a length, then chunks': () => write(plain(address(), `0\r\n\r\n${hidden()}`, 'Transfer-Encoding: chunked')),
  'chunks, then a length': () =>
    write({
      ...plain(),
      headers: ['Host: 127.0.0.1', 'Transfer-Encoding: chunked', 'Content-Length: 4'],
      body: `0\r\n\r\n`,
    }),
  'chunks behind a space': () => write(plain(address(), `0\r\n\r\n${hidden()}`, 'Transfer-Encoding : chunked')),
  'chunks under another letter case': () => write(plain(address(), '0\r\n\r\n', 'tRANSFER-eNCODING: Chunked')),
  'chunks in a folded line': () => write(plain(address(), '0\r\n\r\n', 'X: a\r\n Transfer-Encoding: chunked')),
  'chunks behind a lone CR': () => write(plain(address(), '0\r\n\r\n', 'X: a\rTransfer-Encoding: chunked')),
  'chunks behind a lone LF': () => write(plain(address(), '0\r\n\r\n', 'X: a\nTransfer-Encoding: chunked')),
  'a length behind a lone LF': () => write({ ...plain(), headers: ['Host: 127.0.0.1', 'X: a\nContent-Length: 13'] }),
  'a folded length': () => write({ ...plain(), headers: ['Host: 127.0.0.1', 'Content-Length:\r\n 13'] }),
  'a name with a space': () => write(plain(address(), body, 'X Y: a')),
  'a name with an underscore': () => write(plain(address(), body, 'Content_Length: 2')),
  'lines that end in LF alone': () => write(plain()).replaceAll('\r\n', '\n'),
  'a request in the body of another': () => write(plain(address(), hidden())),
  'a request behind a body that is too short': () => write(plain()).replace('Length: 13', 'Length: 5') + hidden(),
  'empty lines before a request': () => `\r\n\r\n${write(plain())}`,
  'two hosts': () => write(plain(address(), body, 'Host: elsewhere.example')),
  'no host': () => write({ ...plain(), headers: [`Content-Length: ${body.length}`] }),
  'a head of 16 kB': () => write(plain(address(), body, `X: ${'a'.repeat(16_000)}`)),
  'a hundred headers': () => write(plain(address(), body, ...Array.from({ length: 100 }, (_, at) => `X-${at}: a`))),
};

test.each(Object.keys(shapes))(
  'attack: %s: read as node:http reads it, alone and behind a plain call',
  async (name) => {
    const shape = shapes[name]?.() ?? '';
    for (const before of ['', write(plain())]) {
      const text = before + shape + hidden();
      for (const cuts of [[], [0.5], [0.3, 0.31, 0.9]]) await expectSame(cut(text, cuts));
    }
  },
);

test('the hot addresses are answered by our own reader, and the answers are the same bytes', async () => {
  const read = two.own.ctx.config.ownReader;
  expect(read).toBe(true);
  for (const target of targets.slice(0, 7)) {
    const heard = await expectSame([Buffer.from(write(plain(target())))]);
    expect(heard).toMatch(/^HTTP\/1.1 200 OK/);
  }
});
