import { type PostgresExit, ServerStartError } from './launch-server.ts';

/** How the server ended, for people. */
export function describeEnd({ code, signal }: PostgresExit): string {
  if (signal !== null) return `PostgreSQL was ended by ${signal}`;
  return code === null ? 'PostgreSQL could not be run' : `PostgreSQL ended with code ${code}`;
}

const FULL = /No space left on device|Disk quota exceeded/i;

/** Why a start failed, for people. A full disk is named before all else that the server says of it. */
export function describeFailure(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const isFull = error instanceof ServerStartError ? error.lines.some((line) => FULL.test(line)) : FULL.test(text);
  return isFull ? `the disk of the database is full (${text})` : text;
}
