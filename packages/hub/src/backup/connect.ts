import { CallableError } from '@callable/protocol';
import type pg from 'pg';

/** Connects. Throws DatabaseUnreachable with what was wrong, never with the address: a password may be in it. */
export async function connect(client: pg.Client): Promise<void> {
  // A connection that breaks later fails the query that runs; without a listener it would end the process.
  client.on('error', () => undefined);
  await client.connect().catch((cause: Error & { code?: string }) => {
    // Of several addresses Node gives an error without a message.
    const why = cause.message || cause.code || 'it says nothing';
    throw new CallableError('DatabaseUnreachable', `The database does not answer: ${why}.`, { cause });
  });
}
