import type { CliContext, Output } from '../src/context/cli-context.ts';

export type Captured = Output & { text: () => string };

export function captureOutput(
  options: Partial<Pick<Output, 'isTerminal' | 'colours' | 'blocks'>> & { columns?: number; rows?: number } = {},
): Captured {
  const pieces: string[] = [];
  return {
    write: (text) => void pieces.push(text),
    isTerminal: options.isTerminal ?? false,
    colours: options.colours ?? false,
    blocks: options.blocks ?? true,
    columns: () => options.columns ?? 80,
    rows: () => options.rows ?? 24,
    text: () => pieces.join(''),
  };
}

export function testContext(overrides: Partial<CliContext> = {}): CliContext & { out: Captured; err: Captured } {
  return {
    env: {},
    cwd: process.cwd(),
    clock: () => 1_700_000_000_000,
    random: (length) => crypto.getRandomValues(new Uint8Array(length)),
    fetch: () => Promise.reject(new Error('nothing is listening')),
    readInput: () => Promise.resolve(new Uint8Array()),
    signal: new AbortController().signal,
    ...overrides,
    out: captureOutput(),
    err: captureOutput(),
  };
}
