import { expect, test } from 'vitest';
import type { AnswerPost, PlainPost } from '../src/plain-posts/plain-post.ts';
import { bytesOf, echo, post, said, servePlainPosts } from './support/serve-plain-posts.ts';

/** What was begun, and how each came to its end. */
function watch(answer: AnswerPost = echo) {
  const ends: (boolean | null)[] = [];
  const begin: AnswerPost = (given) => {
    const at = ends.push(null) - 1;
    given.whenOver((isAnswered) => {
      ends[at] = isAnswered;
    });
    return answer(given);
  };
  return { ends, begin };
}

test.each<['end' | 'destroy' | 'resetAndDestroy']>([['end'], ['destroy'], ['resetAndDestroy']])(
  'attack: connections that break off after every byte of two requests (%s) leave nothing behind',
  async (how) => {
    const { ends, begin } = watch();
    const { dial, openCount, sockets } = await servePlainPosts(begin);
    const text = post('the first body') + post('and the second', { headers: 'Accept: */*\r\n' });
    for (let from = 0; from <= text.length; from += 32)
      await Promise.all(
        Array.from({ length: Math.min(32, text.length + 1 - from) }, async (_, index) => {
          const { socket, closed, heard } = await dial(text.slice(0, from + index));
          const { localPort } = socket;
          if (from + index > 0)
            await expect.poll(() => sockets.find((one) => one.remotePort === localPort)?.bytesRead).toBe(from + index);
          socket[how]();
          await closed;
          // Nothing was answered that was not asked.
          expect(heard().split('HTTP/1.1 200').length - 1).toBeLessThanOrEqual(from + index < text.length ? 1 : 2);
        }),
      );
    await expect.poll(openCount).toBe(0);
    await expect.poll(() => ends.includes(null)).toBe(false);
    // From its head on a request is begun.
    expect(ends.length).toBeGreaterThan(text.length - text.indexOf('the first'));
    const { heard } = await dial(text);
    await expect.poll(heard).toMatch(/first body.*and the second$/s);
  },
);

test('who ends in the midst of a body is told what node:http says, and its answer is called off', async () => {
  const { ends, begin } = watch();
  const { dial, library } = await servePlainPosts(begin);
  const { socket, closed, heard } = await dial(post('thirteen bytes', { length: 5_000_000_000 }));
  await expect.poll(() => ends).toEqual([null]);
  socket.end();
  await closed;
  expect([ends, library]).toEqual([[false], []]);
  expect(heard()).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/);
});

test('a caller who leaves while the answer is made, or before it is taken, is known to have left', async () => {
  const large = Buffer.alloc(32 * 2 ** 20);
  let give = () => {};
  const { ends, begin } = watch(async () => {
    await new Promise<void>((resolve) => {
      give = resolve;
    });
    return { status: 200, headers: [], body: large };
  });
  const { dial, openCount } = await servePlainPosts(begin);
  const left = await dial(post('one'));
  await expect.poll(() => ends).toEqual([null]);
  left.socket.destroy();
  await expect.poll(() => ends).toEqual([false]);
  give();
  const stalled = await dial(post('two'));
  stalled.socket.pause();
  await expect.poll(() => ends).toEqual([false, null]);
  give();
  await expect.poll(() => stalled.socket.readableLength).toBeGreaterThan(0);
  // It is on its way, and not over before the system has all of it.
  expect(ends).toEqual([false, null]);
  stalled.socket.destroy();
  await expect.poll(() => ends).toEqual([false, false]);
  await expect.poll(openCount).toBe(0);
});

test('an answer that is an accident cuts its connection', async () => {
  const failing = await servePlainPosts(() => Promise.reject(new Error('an accident')));
  await (await failing.dial(post('x'))).closed;
  const split = await servePlainPosts(async () => ({ ...said(''), headers: [['x', 'a\r\nSet-Cookie: b']] }));
  const { closed, heard } = await split.dial(post('x'));
  await closed;
  expect(heard()).toBe('');
});

test('attack: a body is just as long as it says, whatever is in it and wherever it is cut', async () => {
  const bodies = [post('hidden'), 'a', '\r\n\r\n', `${'x'.repeat(70_000)}POST /hot HTTP/1.1\r\n`];
  const text = bodies.map((body) => post(body)).join('');
  for (const size of [1_000_000, 65_536, 997]) {
    const found: string[] = [];
    const { dial, library } = await servePlainPosts(async ({ body }) => {
      found.push((await bytesOf(body)).toString('latin1'));
      return said('');
    });
    const { socket } = await dial();
    for (let at = 0; at < text.length; at += size) socket.write(text.slice(at, at + size));
    await expect.poll(() => found.length).toBe(bodies.length);
    expect([found, library]).toEqual([bodies, []]);
  }
});

test('what stands behind a body that is longer than it says is the next request, or none', async () => {
  const { dial, library } = await servePlainPosts();
  const { heard, closed } = await dial(`${post('thirteen bytes', { length: 8 })}${post('never')}`);
  await closed;
  expect(heard()).toMatch(/\r\n\r\nthirteenHTTP\/1.1 400 Bad Request\r\n/);
  expect(library).toEqual([]);
});

test('requests sent at once are answered one after the other, in order, and node:http gets what follows', async () => {
  let [underWay, most] = [0, 0];
  const { dial, library } = await servePlainPosts(async (given) => {
    most = Math.max(most, ++underWay);
    await new Promise((resolve) => setImmediate(resolve));
    underWay--;
    return echo(given);
  });
  const names = Array.from({ length: 60 }, (_, index) => `<${index}>`);
  const text = names.map((name) => post(name)).join('');
  const { heard } = await dial(`${text}GET /cold HTTP/1.1\r\nHost: x\r\n\r\n${post('cold')}`);
  await expect.poll(() => heard().match(/HTTP\/1.1 204/g)?.length).toBe(2);
  expect(heard().match(/<\d+>/g)).toEqual(names);
  expect([most, library]).toEqual([1, ['/cold', '/hot']]);
});

test('attack: requests that are sent ahead by the megabyte wait in their sender', async () => {
  const posts: PlainPost[] = [];
  let give = () => {};
  const first = new Promise<void>((resolve) => {
    give = resolve;
  });
  const { dial, sockets } = await servePlainPosts(async (given) => {
    posts.push(given);
    await first;
    return echo(given);
  });
  const body = 'y'.repeat(1_000);
  const count = 8_000;
  const { socket, heard } = await dial();
  socket.write(post(body).repeat(count));
  await expect.poll(() => sockets[0]?.isPaused()).toBe(true);
  // What is read is what may wait here, and what one read brings.
  expect(sockets[0]?.bytesRead).toBeLessThan(200_000);
  expect(posts.length).toBe(1);
  give();
  await expect.poll(() => heard().length, { timeout: 30_000 }).toBeGreaterThan(count * body.length);
  await expect.poll(() => posts.length).toBe(count);
});

test('a server that takes no more finishes what it answers, and node:http reads the rest', async () => {
  let give = () => {};
  const { ends, begin } = watch(async (given) => {
    await new Promise<void>((resolve) => {
      give = resolve;
    });
    return echo(given);
  });
  const { dial, stop, library, sockets } = await servePlainPosts(begin);
  const half = 'POST /hot HTTP/1.1\r\nHost: x\r\n';
  const begun = await dial(post('begun') + post('behind'));
  const partial = await dial(half);
  await expect
    .poll(() => sockets.map(({ bytesRead }) => bytesRead))
    .toEqual([2 * post('begun').length + 1, half.length]);
  stop();
  give();
  partial.socket.write(post('rest').slice(half.length));
  await expect.poll(begun.heard).toMatch(/begunHTTP\/1.1 204/);
  await expect.poll(partial.heard).toMatch(/^HTTP\/1.1 204/);
  expect([ends, library]).toEqual([[true], ['/hot', '/hot']]);
});
