import { addressOf, parseAddress, scopes } from '@callable/protocol';
import { makeStatement } from '@callable/sdk';
import type { Given } from '../arguments/command.ts';
import { parseWholeNumber } from '../arguments/parse-whole-number.ts';
import { parseWords } from '../arguments/parse-words.ts';
import type { CliContext } from '../context/cli-context.ts';
import { sayMade } from '../curation/say-made.ts';
import { type ExitCode, usageError } from '../errors/cli-error.ts';
import { connectHub, locateHub } from './connect-hub.ts';
import { findOrMakeKey } from './find-key.ts';

const dayMs = 24 * 3600_000;

/** Lets another key act for this one for some days, so that this one can stay where it is safe. */
export async function delegateKey(context: CliContext, given: Given): Promise<ExitCode> {
  const key = parseAddress(given.positionals[1] ?? '');
  if (!key)
    throw usageError(
      'callable key delegate needs an ADDRESS.',
      'For example: callable key delegate 0x… --scope publish',
    );
  const granted = parseWords('scope', given.text('scope') ?? 'publish', scopes);
  const days = parseWholeNumber('days', given.text('days') ?? '90', { min: 1, max: 3650 });
  const { key: own } = await findOrMakeKey(context);
  const client = connectHub(context, locateHub(context, given), own);
  const now = context.clock();
  const body = { key, scopes: granted, notBefore: now, notAfter: now + days * dayMs };
  const made = await makeStatement(client, { kind: 'key.delegated', subject: addressOf(own), body }, context);
  const until = new Date(body.notAfter).toISOString().slice(0, 10);
  return sayMade(context, given, `${key} may ${granted.join(' and ')} for ${addressOf(own)} until ${until}.`, made);
}
