import { buffer } from 'node:stream/consumers';
import type { WriteStream } from 'node:tty';
import type { CliContext, Output } from './cli-context.ts';
import { showsBlocks } from './shows-blocks.ts';

/** The context of a real process. */
export function createContext(signal: AbortSignal): CliContext {
  return {
    env: process.env,
    cwd: process.cwd(),
    clock: Date.now,
    random: (length) => crypto.getRandomValues(new Uint8Array(length)),
    fetch: globalThis.fetch,
    out: outputOf(process.stdout),
    err: outputOf(process.stderr),
    readInput: () => buffer(process.stdin),
    signal,
  };
}

function outputOf(stream: WriteStream): Output {
  // `callable list | head` closes the pipe early: that is the reader's right, not an accident.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  const isTerminal = stream.isTTY === true && process.env.TERM !== 'dumb';
  return {
    write: (text) => void stream.write(text),
    isTerminal,
    colours: isTerminal && (process.env.NO_COLOR ?? '') === '',
    blocks: showsBlocks(process.env),
    // Some pseudo-terminals say 0.
    columns: () => stream.columns || 80,
    rows: () => stream.rows || 24,
  };
}
