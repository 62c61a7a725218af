import type { HubContext } from '../context.ts';

/** Drops the nonces of requests that are too old to be accepted again. */
export async function forgetNonces({ db, clock }: Pick<HubContext, 'db' | 'clock'>): Promise<void> {
  await db.deleteFrom('nonce').where('kept_until', '<=', clock()).execute();
}
