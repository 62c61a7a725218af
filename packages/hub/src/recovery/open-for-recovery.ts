import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { CallableError } from '@callable/protocol';
import { pino } from 'pino';
import { defaultHubConfig } from '../config/hub-config.ts';
import { readLogConfig } from '../config/read-log-config.ts';
import type { HubContext } from '../context.ts';
import { createHubContext } from '../create-context.ts';

/** The hub of this data directory without its work, for `recoverLog`. Its settings are those it runs with. */
export async function openForRecovery(
  dataDir: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<HubContext & AsyncDisposable> {
  const log = pino({ level: 'warn', name: 'hub' }, pino.destination(2));
  // A directory without the keys would be given new ones, and be another hub.
  for (const key of ['hub-key', 'log-key'])
    await access(join(dataDir, key)).catch((cause: unknown) => {
      throw new CallableError('RequestInvalid', `${dataDir} holds no hub: there is no ${key}.`, { cause });
    });
  const databaseUrl = env['DATABASE_URL'] || null;
  return createHubContext({ ...defaultHubConfig, dataDir, databaseUrl, log: readLogConfig(env) }, { log });
}
