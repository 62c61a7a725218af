import { randomBytes } from 'node:crypto';
import { runStatement } from './run-statement.ts';

/** A database with nothing in it, beside the one at this address. Dropped when disposed. */
export async function createEmptyDatabase(beside: string): Promise<AsyncDisposable & { url: string }> {
  const name = `empty_${randomBytes(6).toString('hex')}`;
  await runStatement(beside, `create database ${name}`);
  const url = new URL(beside);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    async [Symbol.asyncDispose]() {
      await runStatement(beside, `drop database ${name} with (force)`);
    },
  };
}
