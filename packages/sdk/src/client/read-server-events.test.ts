import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readServerEvents } from './read-server-events.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);

/** What is read of these pieces, and what the next request would be told. */
async function read(pieces: Iterable<Uint8Array>, resumption = { lastEventId: '', retryMs: 0 }) {
  const iterator = pieces[Symbol.iterator]();
  const seen = { cancelled: false };
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const { done, value } = iterator.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel() {
      seen.cancelled = true;
    },
  });
  const events: { event: string; data: string }[] = [];
  const done = (async () => {
    for await (const event of readServerEvents(new Response(body), 'http://hub', { resumption })) events.push(event);
  })();
  return {
    events,
    resumption,
    seen,
    error: await done.then(
      () => null,
      (error: unknown) => error,
    ),
  };
}

const story =
  '\ufeff: hello\nevent: release\ndata: {"é":\ndata: "\u{1f600}"}\nid: 7\nretry: 1500\n\nda: x\ndata:  two\n\n';
const told = [
  { event: 'release', data: '{"é":\n"\u{1f600}"}' },
  { event: 'message', data: ' two' },
];

test('any end of line and any border of pieces give the same events', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('\n', '\r', '\r\n'),
      fc.array(fc.nat(120), { maxLength: 12 }),
      async (end, borders) => {
        const bytes = bytesOf(story.replaceAll('\n', end));
        const cuts = [0, ...borders.sort((a, b) => a - b), bytes.length];
        const pieces = cuts.slice(1).map((cut, index) => bytes.slice(cuts[index], cut));
        const { events, resumption } = await read(pieces);
        expect(events).toEqual(told);
        expect(resumption).toEqual({ lastEventId: '7', retryMs: 1500 });
      },
    ),
  );
});

test('byte by byte, with both characters of CRLF apart', async () => {
  const bytes = bytesOf(story.replaceAll('\n', '\r\n'));
  expect((await read([...bytes].map((byte) => new Uint8Array([byte])))).events).toEqual(told);
});

test.each([
  ['an event that is cut is left out', 'data: a\n\ndata: b\n', [{ event: 'message', data: 'a' }]],
  ['one without data is none', 'event: release\nid: 3\n\ndata: a\n\n', [{ event: 'message', data: 'a' }]],
  ['a field without a colon has no value', 'data\ndata\n\n', [{ event: 'message', data: '\n' }]],
  ['other fields and comments mean nothing', ':data: a\ndataset: a\nData: a\n data: a\n\n', []],
  ['a name like __proto__ is none', '__proto__: a\ndata: b\n\n', [{ event: 'message', data: 'b' }]],
])('%s', async (_, text, events) => expect((await read([bytesOf(text)])).events).toEqual(events));

test.each([
  ['id: 4\ndata: a\nid\n\n', ''],
  ['id: é\n\n', 'before'],
  [`id: ${'9'.repeat(1000)}\n\n`, 'before'],
  ['id: a\u0000b\n\n', 'before'],
  ['id: 4\n\n', '4'],
])('attack: only an id that a header can carry is kept: %j', async (text, id) => {
  const { resumption } = await read([bytesOf(text)], { lastEventId: 'before', retryMs: 0 });
  expect(resumption.lastEventId).toBe(id);
});

test.each(['retry: soon\n\n', 'retry: -1\n\n', 'retry: 1e9\n\n', 'retry\n\n'])('%j is no time', async (text) => {
  expect((await read([bytesOf(text)])).resumption.retryMs).toBe(0);
});

test.each([
  ['line', () => new Uint8Array(2 ** 20).fill(97)],
  ['event', () => bytesOf(`data: ${'a'.repeat(2 ** 20)}\n`)],
])('attack: a %s without end is left and closed', async (_, piece) => {
  const endless = (function* () {
    for (;;) yield piece();
  })();
  const { error, seen } = await read(endless);
  expect(error).toMatchObject({ code: 'HubUnreachable', message: 'http://hub sent an event of more than 8 MiB.' });
  expect(seen.cancelled).toBe(true);
});
