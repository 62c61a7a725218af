/**
 * Loaded before the program of a node (`node --import`): once it has heard SIGUSR2, it is killed at a moment of its next answer
 * that no signal from outside would hit. CALLABLE_TEST_KILL says which: `batch`, when the batch is signed and nothing of it
 * has left; `answers`, when the batch has left and none of its answers; `pieces`, when half of a large answer has.
 */
import { createRequire } from 'node:module';

/** The one that the node sends with. */
const { WebSocket } = createRequire(new URL('../../packages/node/dist/main.js', import.meta.url))('ws');

const { ANSWER, BATCH, PACK } = { ANSWER: 7, BATCH: 14, PACK: 15 };
const headBytes = 6;
const moment = process.env.CALLABLE_TEST_KILL;
let state = 'calm';
process.on('SIGUSR2', () => {
  state = 'armed';
  process.stdout.write('armed\n');
});

const kill = () => process.kill(process.pid, 'SIGKILL');
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (bytes, ...more) {
  if (state === 'armed') {
    const frames = framesOf(bytes);
    const at = frames.findIndex(isMoment[moment]);
    if (at !== -1) {
      state = 'over';
      if (moment === 'batch') kill();
      // The kill comes when the system has the last of it.
      else
        for (const [n, frame] of frames.slice(0, at + 1).entries()) send.call(this, frame, n === at ? kill : undefined);
    }
  }
  if (state !== 'over') send.call(this, bytes, ...more);
};

const isMoment = {
  batch: ([type]) => type === BATCH,
  answers: ([type]) => type === BATCH,
  // The answer goes on in frames of its own.
  pieces: (frame) => frame[0] === ANSWER && frame[5] === 0,
};

function framesOf(bytes) {
  if (bytes[0] !== PACK) return [bytes];
  const frames = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = headBytes; at < bytes.length; ) {
    const length = view.getUint32(at);
    frames.push(bytes.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return frames;
}
