import { addressOf, parseAddress } from '@callable/protocol';
import { makeStatement } from '@callable/sdk';
import type { Given } from '../arguments/command.ts';
import type { CliContext } from '../context/cli-context.ts';
import { sayMade } from '../curation/say-made.ts';
import { type ExitCode, usageError } from '../errors/cli-error.ts';
import { connectHub, locateHub } from './connect-hub.ts';
import { requireKey } from './require-key.ts';

/** Ends at once what another key may do for this one; what it has done stays. */
export async function revokeKey(context: CliContext, given: Given): Promise<ExitCode> {
  const key = parseAddress(given.positionals[1] ?? '');
  if (!key) throw usageError('callable key revoke needs an ADDRESS.', 'For example: callable key revoke 0x…');
  const own = await requireKey(context);
  const client = connectHub(context, locateHub(context, given), own);
  const fact = { kind: 'key.revoked' as const, subject: addressOf(own), body: { key } };
  const made = await makeStatement(client, fact, context);
  return sayMade(context, given, `${key} does not act for ${addressOf(own)} any more.`, made);
}
