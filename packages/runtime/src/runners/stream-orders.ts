import { Socket } from 'node:net';
import { decodeOrder } from '../channel/decode-order.ts';
import { encodeReport } from '../channel/encode-report.ts';
import { encodeFrame, FrameReader } from '../channel/frame.ts';
import type { Order, Report, RunOrder } from '../channel/messages.ts';
import { noModel } from './answer-orders.ts';
import { channel } from './channel.ts';
import { type Credit, openCredit } from './credit.ts';
import type { Engine } from './engine.ts';
import { type Loaded, loadEngine } from './load-engine.ts';
import { outliveSignals } from './outlive-signals.ts';
import { readScratch } from './read-scratch.ts';
import { runEngine } from './run-engine.ts';

type HeldCall = { given: AbortController; credit: Credit };

/**
 * The same life around a model whose answers come in pieces: while it runs this process hears cancels and credits, which
 * a blocking read could not. One call runs at a time, in the order they came.
 */
export async function streamOrders(engine: Engine): Promise<never> {
  const socket = new Socket({ fd: channel });
  const reader = new FrameReader();
  const calls = new Map<number, HeldCall>();
  let loaded: Loaded | null = null;
  let turn = Promise.resolve();
  // Fulfilled when the system has it: a model that computes would keep what is not written from its caller.
  const send = (report: Report, body: Uint8Array = new Uint8Array(0)) =>
    new Promise<void>((resolve) => {
      socket.cork();
      socket.write(encodeFrame(encodeReport(report), body.length));
      // Also an empty one: the last write has the word. One that fails ends this process by the end of its channel.
      socket.write(body, () => resolve());
      socket.uncork();
    });

  const run = async (order: RunOrder, body: Uint8Array, { given, credit }: HeldCall) => {
    const { signal } = given;
    const sendPiece = async (piece: Uint8Array) => {
      await credit.take(signal);
      await send({ type: 'piece' }, piece);
    };
    const taker = { signal, send: order.pieces > 0 ? sendPiece : null };
    const inputs = order.region ? readScratch(order.region) : body;
    const answer = loaded ? await runEngine(engine, loaded, order, inputs, taker) : { report: noModel };
    calls.delete(order.call);
    await send(answer.report, answer.body);
  };

  const take = (head: Order, body: Uint8Array) => {
    if (head.type === 'cancel') calls.get(head.call)?.given.abort();
    else if (head.type === 'credit') calls.get(head.call)?.credit.give();
    else if (head.type === 'run') {
      const call = { given: new AbortController(), credit: openCredit(head.pieces) };
      calls.set(head.call, call);
      turn = turn.then(() => run(head, body, call));
    } else
      turn = turn.then(async () => {
        const outcome = await loadEngine(engine, head);
        loaded = outcome.loaded;
        await send(outcome.report);
      });
    // What leaves the runtime in an unknown state ends the process, as everywhere.
    turn.catch((error: Error) => {
      process.stderr.write(`${error.stack}\n`);
      process.exit(1);
    });
  };

  socket.on('data', (chunk: Buffer) => {
    reader.push(chunk, (head, body) => take(decodeOrder(head), body));
  });
  // A node that was killed leaves no runner behind, also not one that computes: its loop is never held up for long.
  socket.on('close', () => process.exit(0));
  socket.on('error', () => process.exit(0));
  outliveSignals();
  void send({ type: 'ready', version: engine.version });
  return new Promise<never>(() => {});
}
