import { findRunningServer, type PostgresConnection, startPostgres } from '@callable/postgres';
import { CallableError } from '@callable/protocol';

/**
 * The database of a hub, whether it runs or not: elsewhere, the embedded server that runs beside us, or that one started
 * for as long as this takes.
 */
export async function openHubDatabase(
  hubDir: string,
  databaseUrl: string | null,
): Promise<AsyncDisposable & { server: string | PostgresConnection }> {
  const nothing = async () => undefined;
  if (databaseUrl !== null) return { server: databaseUrl, [Symbol.asyncDispose]: nothing };
  const found = await findRunningServer(hubDir);
  if (found === 'none')
    throw new CallableError('HubDataMissing', `${hubDir} holds no database, and DATABASE_URL names none.`);
  if (found !== 'stopped') return { server: found, [Symbol.asyncDispose]: nothing };
  const started = await startPostgres({ dataDir: hubDir });
  return { server: started.connection, [Symbol.asyncDispose]: () => started.stop() };
}
