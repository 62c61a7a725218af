import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { CallableError, problemOf } from '@callable/protocol';
import { admit } from '../../src/admission/admit.ts';
import { admitHeaders } from '../../src/admission/admit-headers.ts';
import { CallerLeft } from '../../src/admission/caller-left.ts';
import type { GatewayContext } from '../../src/context.ts';
import { infer } from '../../src/data-plane/infer.ts';

type Line = { id: number; model: string; inputs: unknown; headers?: Record<string, string>; pieces?: boolean };

/** A door that speaks lines of JSON over TCP: the whole of what another protocol takes. */
export async function openLineDoor(ctx: GatewayContext): Promise<AsyncDisposable & { port: number }> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    const left = new AbortController();
    socket.once('close', () => left.abort(new CallerLeft()));
    createInterface({ input: socket }).on('line', (text) => void answer(ctx, socket, left.signal, text));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as { port: number }).port,
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(ctx: GatewayContext, socket: Socket, signal: AbortSignal, text: string): Promise<void> {
  const { id, model, inputs, headers = {}, pieces = false } = JSON.parse(text) as Line;
  const say = (said: object) => socket.write(`${JSON.stringify({ id, ...said })}\n`);
  const parse = (body: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(body));
  try {
    const body = new TextEncoder().encode(JSON.stringify(inputs));
    const remote = socket.remoteAddress ?? '';
    const arrived = { method: 'CALL', path: `/${model}`, headers, body, arrivedAt: ctx.clock(), remote, signal };
    admitHeaders(ctx, arrived);
    const call = await admit(ctx, arrived, { reference: model, encoding: 'plain' });
    const take = (piece: Uint8Array) => void say({ piece: parse(piece) });
    const { outputs, receipt } = await infer(ctx, call, pieces ? take : undefined);
    say({ ...(outputs.length > 0 ? { outputs: parse(outputs) } : {}), receipt });
  } catch (error) {
    if (error instanceof CallerLeft) return;
    say({ error: problemOf(error instanceof CallableError ? error : new CallableError('Internal'), String(id)) });
  }
}
