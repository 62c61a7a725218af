import { CallableError } from '@callable/protocol';
import { expect, test, vi } from 'vitest';
import { eventOf, openEvents, sendProblem, view } from '../../test/examples.ts';
import { left, sendForEver, sendJson, serve } from '../../test/serve.ts';
import { createClient } from '../client/client.ts';
import { watchRelease } from './watch-release.ts';

const release = 'acme/double';
const quick = { pauseMs: 1 };

/** Up to so many views, and what ended it. */
async function watch(url: string, most: number, options: Parameters<typeof watchRelease>[2] = quick) {
  const views: boolean[] = [];
  for await (const { callable } of watchRelease(createClient(url), release, options)) {
    views.push(callable);
    if (views.length === most) break;
  }
  return views;
}

test('tells each change, comes back after an end and a break, and says what it heard last', async () => {
  const { url, asked } = await serve((response, _, nth) => {
    openEvents(response).write(`: hi\n\nid: ${nth}\n${eventOf(view(nth === 3))}event: other\ndata: no JSON\n\n`);
    if (nth === 1) response.end();
    if (nth === 2) setImmediate(() => response.destroy());
  });
  expect(await watch(url, 3)).toEqual([false, false, true]);
  expect(asked.map(({ path, headers }) => [path, headers.accept, headers['last-event-id']])).toEqual([
    [`/v1/releases/${release}/events`, 'text/event-stream', undefined],
    [`/v1/releases/${release}/events`, 'text/event-stream', '1'],
    [`/v1/releases/${release}/events`, 'text/event-stream', '2'],
  ]);
});

test('a hub that restarts behind a proxy, or has too many, is asked again', async () => {
  const { url, asked } = await serve((response, _, nth) => {
    if (nth === 1) response.writeHead(502).end('<html>bad gateway</html>');
    else if (nth === 2) sendProblem(response, new CallableError('NotReady'));
    else if (nth === 3) response.destroy();
    else openEvents(response).write(eventOf(view(true)));
  });
  expect(await watch(url, 1)).toEqual([true]);
  expect(asked).toHaveLength(4);
});

test('whoever leaves the loop closes the stream', async () => {
  const gone: Promise<unknown>[] = [];
  const { url } = await serve((response) => {
    gone.push(left(response));
    openEvents(response).write(eventOf(view(false)));
  });
  await watch(url, 1);
  await gone[0];
});

test('the signal ends a silent stream and a long pause, with its reason', async () => {
  const stop = new AbortController();
  const gone: Promise<unknown>[] = [];
  const { url } = await serve((response) => {
    gone.push(left(response));
    openEvents(response).write(': hi\n\n', () => setImmediate(() => stop.abort(new Error('enough'))));
  });
  await expect(watch(url, 1, { signal: stop.signal })).rejects.toThrow('enough');
  await gone[0];

  const pausing = new AbortController();
  const away = await serve((response) => {
    sendProblem(response, new CallableError('NotReady'));
    response.on('close', () => setTimeout(() => pausing.abort(new Error('enough')), 20));
  });
  await expect(watch(away.url, 1, { signal: pausing.signal, pauseMs: 1e8 })).rejects.toThrow('enough');
});

test.each([
  ['204', (response) => response.writeHead(204).end(), 'answered no events'],
  [
    'the page of a proxy',
    (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
    '(200 text/html)',
  ],
  ['JSON', (response) => sendJson(response, view(true)), '(200 application/json) answered no events'],
  ['no JSON', (response) => openEvents(response).write('event: release\ndata: {\n\n'), 'something else'],
  ['another shape', (response) => openEvents(response).write(eventOf({ a: 1 })), 'something else'],
  ['an event without end', (response) => sendForEver(openEvents(response), new Uint8Array(2 ** 18).fill(97)), '8 MiB'],
  ['404 of another server', (response) => response.writeHead(404).end('<html>'), 'answered 404 without a reason'],
] satisfies [string, Parameters<typeof serve>[0], string][])(
  'attack: %s is told at once and not asked for again',
  async (_, answer, message) => {
    const { url, asked } = await serve(answer);
    const error = await watch(url, 1, { pauseMs: 1e8 }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'HubUnreachable', message: expect.stringContaining(message) });
    expect((error as CallableError).message).toContain(url);
    expect(asked).toHaveLength(1);
  },
);

test('what waiting does not mend is thrown at once', async () => {
  const { url, asked } = await serve((response) => sendProblem(response, new CallableError('ReleaseNotFound')));
  await expect(watch(url, 1)).rejects.toMatchObject({ code: 'ReleaseNotFound' });
  expect(asked).toHaveLength(1);
});

test('a stream that only ever ends is given up after so many attempts; a view counts anew', async () => {
  const empty = await serve((response) => openEvents(response).end());
  await expect(watch(empty.url, 1, { ...quick, attempts: 3 })).rejects.toThrow('ended its events');
  expect(empty.asked).toHaveLength(3);
  const short = await serve((response) => openEvents(response).end(eventOf(view(false))));
  expect(await watch(short.url, 5, { ...quick, attempts: 2 })).toHaveLength(5);
  await expect(watch('http://127.0.0.1:9', 1, { ...quick, attempts: 2 })).rejects.toThrow('does not answer');
});

test('pauses double; a hub may ask for longer ones, but neither for none nor for more than 30 s', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  try {
    const times: number[] = [];
    const answers = [
      () => Response.json({}, { status: 503 }),
      () => Response.json({}, { status: 503 }),
      () => Response.json({}, { status: 503, headers: { 'retry-after': '9' } }),
      () => new Response(`retry: 0\n${eventOf(view(false))}`, { headers: { 'content-type': 'text/event-stream' } }),
      () =>
        new Response(`retry: 99999999\n${eventOf(view(false))}`, { headers: { 'content-type': 'text/event-stream' } }),
      () => new Response(eventOf(view(true)), { headers: { 'content-type': 'text/event-stream' } }),
    ];
    const fetch = async () => {
      times.push(Date.now());
      return answers[times.length - 1]?.() ?? Response.error();
    };
    const done = (async () => {
      for await (const { callable } of watchRelease(createClient('http://hub', { fetch }), release))
        if (callable) return;
    })();
    await vi.advanceTimersByTimeAsync(60_000);
    await done;
    expect(times.slice(1).map((time, index) => time - (times[index] ?? 0))).toEqual([500, 1000, 9000, 500, 30_000]);
  } finally {
    vi.useRealTimers();
  }
});
