import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { PlainAnswer } from '../answers/plain-answer.ts';
import { dateNow } from './date-now.ts';

/** Up to this size an answer is copied behind its head: one write is cheaper than two. */
const copiedBytes = 64 * 1024;

/** What would end one header and begin another, or is no text. */
const unsafe = /[^ -~]/;

/** Writes an answer as node:http would: the same headers in the same order. `onWritten` hears when the system has all of it. */
export function writePlainAnswer(
  socket: Socket,
  { status, headers, body }: PlainAnswer,
  keepAliveMs: number,
  onWritten: () => void,
): void {
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'unknown'}\r\n`;
  for (const [name, value] of headers) {
    if (unsafe.test(value)) throw new Error(`The header ${name} of an answer holds what no header may.`);
    head += `${name}: ${value}\r\n`;
  }
  head += `content-length: ${body.length}\r\nDate: ${dateNow()}\r\nConnection: keep-alive\r\n`;
  head += keepAliveMs > 0 ? `Keep-Alive: timeout=${Math.floor(keepAliveMs / 1000)}\r\n\r\n` : '\r\n';
  const written = (error?: Error | null) => error || onWritten();
  if (body.length > copiedBytes) {
    socket.cork();
    socket.write(head, 'latin1');
    socket.write(body, written);
    socket.uncork();
    return;
  }
  const bytes = Buffer.allocUnsafe(head.length + body.length);
  bytes.write(head, 'latin1');
  body.copy(bytes, head.length);
  socket.write(bytes, written);
}
