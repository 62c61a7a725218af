import { type NonceMemory, nonceKeptMs } from '@callable/protocol';
import type { HubContext } from '../context.ts';

/**
 * Nonces in the database, behind a memory that bounds them and answers what it knows.
 *
 * attack: a replay after a restart, or at a second process of the same hub. The row is committed before the request does
 * anything, so of two arrivals one is refused, whoever of the processes hears it.
 */
export function keepNonces({ db, clock }: Pick<HubContext, 'db' | 'clock'>, memory: NonceMemory): NonceMemory {
  return {
    async remember(signer, nonce, arrivedAt) {
      const known = await memory.remember(signer, nonce, arrivedAt);
      if (known !== 'new') return known;
      const taken = await db
        .insertInto('nonce')
        .values({ signer, nonce, kept_until: clock() + nonceKeptMs })
        .onConflict((conflict) => conflict.doNothing())
        .returning('nonce')
        .executeTakeFirst();
      return taken ? 'new' : 'seen';
    },
  };
}
