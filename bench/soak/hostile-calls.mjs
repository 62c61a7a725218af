import { connect } from 'node:net';
import { sleep } from '../floods/open-target.mjs';

/** What no answer and no end came of within this time was left open by the server. */
const patienceMs = 90_000;
const pauseMs = 100;

const head = (path, length, more = '') =>
  `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n${more}connection: close\r\n\r\n`;
const whole = (path, body, more) => head(path, Buffer.byteLength(body), more) + body;
const oip = (input) =>
  JSON.stringify({ inputs: [{ name: 'x', shape: [1, 4], datatype: 'FP32', data: [1, 2, 3, 4], ...input }] });

/** By name: what is sent, in pieces with a pause between them, and whether the caller then leaves without a word. */
const cases = (run, infer) => ({
  'length beyond the body, then gone': { pieces: [head(run, 5000), '{"x":'], leaves: true },
  'length short of the body': { pieces: [`${head(run, 4)}{"x":[[1,2,3,4]]}`] },
  'two lengths': { pieces: [whole(run, '{"x":[[1,2,3,4]]}', 'content-length: 9\r\n')] },
  'length and chunked': { pieces: [whole(run, '0\r\n\r\n', 'transfer-encoding: chunked\r\n')] },
  'length that is no number': { pieces: [head(run, '-1'), '{}'] },
  'length of a petabyte': { pieces: [head(run, 1e15), '{'] },
  'sizes that do not add up': { pieces: [whole(infer, oip({ shape: [7, 4] }))] },
  'shape beyond all numbers': { pieces: [whole(infer, oip({ shape: [9e15, 9e15] }))] },
  '100-deep JSON': { pieces: [whole(run, `{"x":${'['.repeat(100)}1${']'.repeat(100)}}`)] },
  '100,000-deep JSON': { pieces: [whole(run, `{"x":${'['.repeat(1e5)}`)] },
  'duplicate names': { pieces: [whole(run, '{"x":[[1,2,3,4]],"x":[[4,3,2,1]]}')] },
  'duplicate inputs': {
    pieces: [whole(infer, `{"inputs":[${[oip(), oip()].map((text) => text.slice(11, -2)).join(',')}]}`)],
  },
  'non-finite numbers': { pieces: [whole(run, '{"x":[[NaN,Infinity,-Infinity,1e999]]}')] },
  'a huge string': { pieces: [whole(run, `{"x":"${'y'.repeat(1e6)}"}`)] },
  'a huge name': { pieces: [whole(run, `{"${'y'.repeat(1e6)}":[[1,2,3,4]]}`)] },
  'no JSON': { pieces: [whole(run, '\u0000\u0001\u0002')] },
  'a slow sender': { pieces: [head(run, 17), ...'{"x":[[1,2,3,4]]}'], everyMs: 500 },
  'a sender that stops': { pieces: [head(run, 17), '{"x"'] },
  'gone within the head': { pieces: [head(run, 17).slice(0, 30)], leaves: true },
  'gone after the head': { pieces: [head(run, 17)], leaves: true },
  'gone within the body': { pieces: [head(run, 17), '{"x":[['], leaves: true },
  'gone before the answer': { pieces: [whole(run, '{"x":[[1,2,3,4]]}')], leaves: true },
});

/** One after the other in a few lanes until the signal aborts; what the server said is counted by name. */
export async function makeHostileCalls(url, reference, tally, signal) {
  const all = Object.entries(cases(`/v1/run/${reference}`, `/v2/models/${reference}/infer`));
  const lane = async (offset) => {
    for (let n = offset; !signal.aborted; n++) {
      const [name, how] = all[n % all.length];
      const result = await send(url, how, signal);
      if (result !== 'over') tally.add(`${name}: ${result}`);
      if (result === 'left open') tally.stuck.push(name);
      await sleep(pauseMs);
    }
  };
  await Promise.all([0, 5, 10, 15].map(lane));
}

function send(url, { pieces, leaves = false, everyMs = 5 }, signal) {
  return new Promise((resolve) => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    let said = '';
    const end = (what) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      socket.destroy();
      resolve(what);
    };
    const stop = () => end('over');
    const timer = setTimeout(() => end('left open'), patienceMs);
    signal.addEventListener('abort', stop, { once: true });
    socket.on('data', (bytes) => {
      if (said.length < 100) said += bytes.toString('latin1');
    });
    socket.on('error', () => undefined);
    socket.on('close', () => end(/^HTTP\/1\.1 (\d+)/.exec(said)?.[1] ?? 'closed'));
    socket.on('connect', async () => {
      for (const piece of pieces) {
        if (socket.destroyed) return;
        socket.write(piece);
        await sleep(everyMs);
      }
      if (leaves) end('left');
    });
  });
}

/** A thousand connections that say nothing for half a minute, again and again. */
export async function holdSilence(url, signal) {
  const { hostname, port } = new URL(url);
  while (!signal.aborted) {
    const sockets = Array.from({ length: 1000 }, () => connect(Number(port), hostname).on('error', () => undefined));
    const end = performance.now() + 30_000;
    while (performance.now() < end && !signal.aborted) await sleep(250);
    for (const socket of sockets) socket.destroy();
    await sleep(1000);
  }
}
