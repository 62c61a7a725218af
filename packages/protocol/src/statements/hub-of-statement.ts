import { type Address, parseAddress } from '../identity/address.ts';
import type { Statement } from './statement.ts';

/**
 * The hub a statement is for, as its body says. Null where none is named: so are those of a hub itself, and so was every
 * one before hubs asked for it. `other` is a word that is no address, and so no hub's.
 */
export function hubOfStatement({ body }: Pick<Statement, 'body'>): Address | 'other' | null {
  const named = Object.hasOwn(body, 'hub') ? body['hub'] : undefined;
  if (named === undefined) return null;
  const address = typeof named === 'string' ? parseAddress(named) : null;
  return address === named ? address : 'other';
}

/** attack: a word for one hub that another one logs means nothing there. */
export function isForAnotherHub(statement: Pick<Statement, 'body'>, hub: Address | null): boolean {
  const named = hubOfStatement(statement);
  return named !== null && named !== hub;
}
