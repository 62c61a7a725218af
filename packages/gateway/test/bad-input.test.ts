import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { createBodyBudget } from '@callable/http';
import { parseOipInputs, parsePlainInputs, type TensorSpec } from '@callable/protocol';
import { answerDoubled, createReleaseView, createTestNode, dial, refuse } from '@callable/stand-ins';
import { expect, test } from 'vitest';
import { openTalk } from './support/say-and-listen.ts';
import { startTestGateway } from './support/start-test-gateway.ts';
import { post, write } from './support/strange-requests.ts';

// What strangers send, over TCP, to a gateway that reads it itself and to one that reads all by node:http.

const release = createReleaseView();
const plain = `/v1/run/${release.reference}`;
const oip = `/v2/models/${release.reference}/infer`;
const good = '{"X":[[1,2]]}';
const [asleep, large] = ['{"X":[[7,7]]}', '{"X":[[8,8]]}'];
const ask = (body: string, target = plain) => write(post(target, body));

/** A node that reads inputs as nodes do: on the way of a call the gateway reads no tensors. */
function readingNode() {
  const { inputs, outputs } = release.manifest as unknown as Record<'inputs' | 'outputs', TensorSpec[]>;
  const underWay = new Set<object>();
  const node = createTestNode([release], {
    answer: async (self, head, body, signal) => {
      const isPlain = head.encoding === 'plain';
      const verdict = isPlain ? parsePlainInputs(body, inputs) : parseOipInputs(body, inputs, outputs);
      if (!verdict.ok) {
        const { problem } = verdict;
        const code = /^Invalid(?:Json|Text)$/.test(problem.code) ? 'InvalidJson' : 'InvalidInput';
        return refuse(code, problem.message, false, [{ ...problem }]);
      }
      const text = Buffer.from(body).toString();
      if (text === asleep) {
        underWay.add(head);
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
        underWay.delete(head);
        throw signal.reason;
      }
      if (text !== large) return answerDoubled(self, [release], head, body);
      const bytes = Buffer.from(`{"Y":"${'y'.repeat(32 * 2 ** 20)}"}`);
      return { head: self.sign(release, head, bytes), body: bytes };
    },
  });
  return { node, underWay };
}

/** A gateway, its ends of all connections, and the bodies that it holds. */
async function startDoor(ownReader: boolean) {
  const { node, underWay } = readingNode();
  const budget = createBodyBudget({ inAll: 2 ** 28, perNetwork: 2 ** 28 });
  const held = new Set<object>();
  const open: typeof budget.open = (address) => {
    const share = budget.open(address);
    held.add(share);
    return {
      take: share.take,
      close() {
        held.delete(share);
        share.close();
      },
    };
  };
  const gateway = await startTestGateway({
    releases: [release],
    config: { ownReader, bodyIdleMs: 60_000 },
    overrides: { bodies: { open } },
  });
  const port = Number(new URL(gateway.url).port);
  await dial(gateway.url, node);
  await expect.poll(() => gateway.ctx.links.size).toBe(1);
  const sockets = new Map<number, Socket>();
  const note = (message: unknown) => {
    const { socket } = message as { socket: Socket };
    if (socket.localPort === port) sockets.set(socket.remotePort ?? 0, socket);
  };
  subscribe('net.server.socket', note);
  const talk = () => openTalk(port);
  return {
    ...gateway,
    node,
    underWay,
    talk,
    /** The gateway's end of a connection. */
    endOf: ({ localPort }: Socket) => sockets.get(localPort ?? 0),
    async expectNothingLeft() {
      await expect.poll(() => [...sockets.values()].filter(({ destroyed }) => !destroyed).length).toBe(0);
      await expect.poll(() => [held.size, underWay.size]).toEqual([0, 0]);
      const { socket, say, heard } = await talk();
      await say(Buffer.from(ask(good)));
      await expect.poll(heard).toMatch(/^HTTP\/1.1 200 OK\r\n.*"Y":\[\[2,4\]\]/s);
      socket.destroy();
    },
    async [Symbol.asyncDispose]() {
      unsubscribe('net.server.socket', note);
      await gateway[Symbol.asyncDispose]();
    },
  };
}

const readers: [string, boolean][] = [
  ['our own reader', true],
  ['node:http', false],
];

const tensor = (fields: string) => `{"inputs":[{"name":"X","datatype":"FP32",${fields}}]}`;
const nested = (depth: number) => `${'['.repeat(depth)}1${']'.repeat(depth)}`;
const badBodies: [string, string, string, number, string][] = [
  ['a value nested a hundred deep', plain, `{"X":${nested(100)}}`, 422, 'TooDeep'],
  ['a value nested a hundred thousand deep', plain, `{"X":${nested(100_000)}}`, 422, 'TooDeep'],
  ['parameters nested a hundred thousand deep', oip, `{"parameters":${nested(100_000)}}`, 422, 'TooDeep'],
  ['a name twice', plain, '{"X":[[1,2]],"X":[[3,4]]}', 422, 'DuplicateInput'],
  [
    'a tensor twice',
    oip,
    tensor('"shape":[1,2],"data":[1,2]').replace(/\[(\{.*\})\]/, '[$1,$1]'),
    422,
    'DuplicateInput',
  ],
  ['a member twice', oip, tensor('"shape":[1,2],"shape":[2,1],"data":[1,2]'), 422, 'InvalidField'],
  ['NaN', plain, '{"X":[[1,NaN]]}', 400, 'InvalidJson'],
  ['-Infinity', oip, tensor('"shape":[1,2],"data":[1,-Infinity]'), 400, 'InvalidJson'],
  ['a number beyond all floats', plain, '{"X":[[1,1e400]]}', 422, 'OutOfRange'],
  ['a number beyond its datatype', oip, tensor('"shape":[1,2],"data":[1,-1e39]'), 422, 'OutOfRange'],
  ['rows of two lengths', plain, '{"X":[[1,2],[3]]}', 422, 'RaggedArray'],
  ['a shape of more than its data', oip, tensor('"shape":[2,2],"data":[1,2]'), 422, 'WrongShape'],
  ['a shape of more than memory', oip, tensor('"shape":[1000000000,2],"data":[1,2]'), 422, 'WrongShape'],
  ['a shape beyond what numbers hold', oip, tensor('"shape":[1e30,2],"data":[1,2]'), 422, 'InvalidField'],
  [
    'a size of binary data that is not there',
    oip,
    tensor('"shape":[1,2],"parameters":{"binary_data_size":8}'),
    422,
    'InvalidField',
  ],
  ['a string of a million characters', plain, `{"X":[["${'x'.repeat(1e6)}",2]]}`, 422, 'WrongDatatype'],
  ['a name of a million characters', plain, `{"${'x'.repeat(1e6)}":[[1,2]]}`, 422, 'UnknownInput'],
  ['half an object', plain, '{"X":[[1,2]', 400, 'InvalidJson'],
];

test.each(readers)(
  'attack by a caller: of bad bodies %s has a clear refusal for each, and the next call on the connection is answered',
  async (_reader, ownReader) => {
    await using door = await startDoor(ownReader);
    const { socket, say, heard } = await door.talk();
    let before = 0;
    const next = async (text: string) => {
      await say(Buffer.from(text));
      const answer = () => heard().slice(before);
      await expect.poll(answer).toMatch(/\r\n\r\n.*\}$/s);
      const [head = '', body = ''] = answer().split('\r\n\r\n');
      before = heard().length;
      return { status: Number(head.split(' ')[1]), said: JSON.parse(body), size: body.length };
    };
    for (const [name, target, body, status, code] of badBodies) {
      const refused = await next(ask(body, target));
      expect([name, refused.status, refused.said.errors?.[0]?.code]).toEqual([name, status, code]);
      expect(refused.said).toMatchObject({ who: 'caller', charged: false, detail: expect.stringMatching(/[.?]$/) });
      expect(refused.size).toBeLessThan(4_000);
      expect(await next(ask(good))).toMatchObject({ status: 200, said: { outputs: { Y: [[2, 4]] } } });
    }
    expect(door.node.calls).toHaveLength(2 * badBodies.length);
    expect(door.reports).toHaveLength(badBodies.length);
    socket.destroy();
    await door.expectNothingLeft();
  },
);

test.each(readers)(
  'attack by a caller: with %s a length beyond the body reaches no node, and lengths that contradict each other neither',
  async (_reader, ownReader) => {
    await using door = await startDoor(ownReader);
    const lengths = [['14'], ['5000000'], ['18446744073709551629'], ['-1'], ['0x0d'], ['13', '14'], ['13, 14']];
    for (const said of lengths) {
      const { socket, say, heard } = await door.talk();
      const lines = said.map((length) => `Content-Length: ${length}`);
      await say(Buffer.from(write({ ...post(plain, good), headers: ['Host: 127.0.0.1', ...lines] })));
      socket.end();
      if (!socket.closed) await once(socket, 'close');
      expect([said, heard()]).toEqual([said, expect.stringMatching(/^HTTP\/1.1 400 Bad Request\r\n/)]);
    }
    for (const length of ['1000000', '-1', '18446744073709551629', 'x', '13, 13']) {
      const { socket, say, heard } = await door.talk();
      await say(Buffer.from(write(post(oip, good, `Inference-Header-Content-Length: ${length}`))));
      await expect.poll(heard).toMatch(/^HTTP\/1.1 415 .*"code":"MediaTypeUnsupported"/s);
      socket.destroy();
    }
    expect(door.node.calls).toEqual([]);
    await door.expectNothingLeft();
  },
);

test.each(
  readers.flatMap(([reader, own]) =>
    (['destroy', 'resetAndDestroy'] as const).map((how) => [reader, how, own] as const),
  ),
)(
  'attack: connections that break off after every byte of a call leave nothing open with %s (%s)',
  async (_reader, how, ownReader) => {
    await using door = await startDoor(ownReader);
    const text = ask(good);
    const leaveAfter = async (said: string, until: (end: Socket | undefined) => boolean) => {
      const { socket, say } = await door.talk();
      if (said !== '') await say(Buffer.from(said));
      await expect.poll(() => until(door.endOf(socket)), { timeout: 10_000 }).toBe(true);
      socket[how]();
    };
    for (let from = 0; from <= text.length; from += 16) {
      const sizes = Array.from({ length: Math.min(16, text.length + 1 - from) }, (_, index) => from + index);
      await Promise.all(sizes.map((size) => leaveAfter(text.slice(0, size), (end) => end?.bytesRead === size)));
    }
    // Nothing that was cut has reached the node.
    expect(door.node.calls.length).toBeLessThanOrEqual(1);
    await leaveAfter(ask(asleep), () => door.underWay.size === 1);
    const { socket, say, heard } = await door.talk();
    await say(Buffer.from(ask(large)));
    await expect.poll(() => heard().length, { timeout: 10_000 }).toBeGreaterThan(0);
    socket[how]();
    await door.expectNothingLeft();
  },
);

test.each(readers)(
  'attack: a thousand connections that say nothing keep no caller of %s waiting',
  async (_reader, own) => {
    await using door = await startDoor(own);
    const silent = await Promise.all(Array.from({ length: 1_000 }, () => door.talk()));
    await expect.poll(() => silent.filter(({ socket }) => door.endOf(socket)).length, { timeout: 10_000 }).toBe(1_000);
    const { socket, say, heard } = await door.talk();
    await say(Buffer.from(ask(good)));
    await expect.poll(heard).toMatch(/^HTTP\/1.1 200 OK\r\n/);
    for (const one of [...silent.map((talk) => talk.socket), socket]) one.destroy();
    await door.expectNothingLeft();
  },
);
