import { createServer, type IncomingMessage } from 'node:http';
import { Duplex } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readPlainHead } from './read-plain-head.ts';

const base = 'POST /v1/run/a/b?proof=1 HTTP/1.1\r\nHost: x\r\nAccept: */*\r\nContent-Length: 4\r\n\r\nbody';
const behind = 'POST /behind HTTP/1.1\r\nHost: y\r\nContent-Length: 2\r\n\r\nok';
const read = (text: string) => readPlainHead(Buffer.from(text, 'latin1'));

test('a plain post is read as it was sent', () => {
  expect(read(base)).toEqual({
    target: '/v1/run/a/b?proof=1',
    headers: { host: 'x', accept: '*/*', 'content-length': '4' },
    length: 4,
    size: base.length - 4,
  });
  expect(read(base.replace('Host: x', 'Host:x\r\nConnection: Keep-Alive'))).toMatchObject({ length: 4 });
});

test('every beginning of a plain head is partial, and of anything else unusual with its first strange word', () => {
  for (let length = 0; length < base.length - 4; length++) expect(read(base.slice(0, length))).toBe('partial');
  for (const other of ['GET', 'POST x', 'PUT /', 'post', '\r\nPOST', ' POST']) expect(read(other)).toBe('unusual');
  expect(read(`POST /${'a'.repeat(9_000)}`)).toBe('unusual');
});

type Found = { target: string | undefined; headers: object; count: number; body: string };

/** Reads as node:http does, from memory: the requests that it finds, with what came of their bodies, in order. */
function createLibrary() {
  const found = new WeakMap<object, Found[]>();
  const server = createServer((request, response) => {
    found.get(request.socket)?.push(describe(request));
    response.end();
  });
  return async (text: string): Promise<Found[]> => {
    const socket = new Duplex({ read: () => undefined, write: (_bytes, _encoding, done) => done() });
    socket.on('error', () => undefined);
    const requests: Found[] = [];
    found.set(socket, requests);
    server.emit('connection', socket);
    socket.push(Buffer.from(text, 'latin1'));
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
    socket.destroy();
    return requests;
  };
}

function describe(request: IncomingMessage): Found {
  const { url, headers, rawHeaders, method, httpVersion } = request;
  const target = method === 'POST' && httpVersion === '1.1' ? url : `${method} ${httpVersion}`;
  const said = { target, headers: { ...headers }, count: rawHeaders.length / 2, body: '' };
  request.setEncoding('latin1').on('data', (piece) => {
    said.body += piece;
  });
  return said;
}

const lines = [
  ...['Content-Length: 4', 'Content-Length: 2', 'content-length : 4', 'Content-Length: 04', 'Content-Length: 4, 4'],
  ...['Transfer-Encoding: chunked', 'transfer-encoding:\tchunked', 'Connection: close', 'Host: z', 'X: a\r\n folded'],
  ...[
    'X-A: b',
    'Y:c',
    'Z: d e',
    'X: a\nContent-Length: 9',
    'X: \r',
    'Content-Length: 4\r\r',
    'Upgrade: h2c',
    'Expect: x',
  ],
];
/** Bytes that one parser or another takes for a space, an end, or nothing. */
const tricky = [...'\r\n\t\0\v\f :,;/%_-+09aAzZ()"\x7f\x80\x85\xa0\xff', '\r\n', '\n\n', '\r\n\r\n', ''];
const anyBent = fc.record({
  more: fc.array(fc.constantFrom(...lines), { maxLength: 2 }),
  bends: fc.array(fc.record({ at: fc.nat(999), cut: fc.nat(2), put: fc.constantFrom(...tricky) }), { maxLength: 2 }),
});

/** A plain post that was bent: lines more, and in some places other bytes. */
function bend({ more, bends }: typeof anyBent extends fc.Arbitrary<infer Value> ? Value : never): string {
  const added = base.replace('Accept', () => `${more.map((line) => `${line}\r\n`).join('')}Accept`);
  return bends.reduce((text, { at, cut, put }) => {
    const place = Math.floor((at / 1_000) * text.length);
    return text.slice(0, place) + put + text.slice(place + cut);
  }, added);
}

test('attack: what is read here node:http reads alike: target, headers, body and where the next request begins', async () => {
  const library = createLibrary();
  const [runs, atOnce] = [400, 50];
  let plain = 0;
  const many = fc.array(anyBent, { minLength: atOnce, maxLength: atOnce });
  const compare = async (text: string) => {
    const head = read(text);
    if (typeof head === 'string') return;
    plain++;
    const { target, headers, size, length } = head;
    const body = text.slice(size, size + length);
    const first = { target, headers: { ...headers }, count: Object.keys(headers).length, body };
    const rest = text.slice(size + length);
    const expected = rest === behind ? [first, { target: '/behind', body: 'ok' }] : [first];
    expect([text, ...(await library(text)).slice(0, expected.length)]).toMatchObject([text, ...expected]);
  };
  await fc.assert(
    fc.asyncProperty(many, async (all) => void (await Promise.all(all.map((one) => compare(bend(one) + behind))))),
    { seed: 44, numRuns: runs, endOnFailure: true },
  );
  // As many as that were plain after all, and most were not.
  expect(plain).toBeGreaterThan((runs * atOnce) / 10);
  expect(plain).toBeLessThan((runs * atOnce) / 2);
});
