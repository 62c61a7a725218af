import { type PostgresExit, ServerStartError } from './launch-server.ts';

/** How the server ended, for people. */
export function describeEnd({ code, signal }: PostgresExit): string {
  if (signal !== null) return `PostgreSQL was ended by ${signal}`;
  return code === null ? 'PostgreSQL could not be run' : `PostgreSQL ended with code ${code}`;
}

const FULL = /No space left on device|Disk quota exceeded/i;

/** Why a start failed, for people: the line that says it. A full disk is named before all else that follows from it. */
export function describeFailure(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const lines = error instanceof ServerStartError ? error.lines : [text];
  const full = lines.find((line) => FULL.test(line));
  if (full !== undefined) return `its disk is full (${full})`;
  return lines.findLast((line) => /^(FATAL|PANIC)/.test(line)) ?? text;
}
