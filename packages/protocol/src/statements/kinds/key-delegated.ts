import { mostDelegations } from '../../delegations/delegation.ts';
import { Type } from '../../schema/type.ts';
import { address, time } from './fields.ts';
import { kindRow } from './kind-row.ts';

/** Any word: a reader that refused `call` would lose what else the same statement says. */
const scope = Type.String({ pattern: '^[a-z][a-z-]{0,31}$', description: 'publish, operate, call, or a later word' });
const mostScopes = 16;

export const keyDelegated = kindRow({
  kind: 'key.delegated',
  says: 'Another key acts for its signer, in these scopes, for this time.',
  subject: 'address of the signer',
  signer: 'subject',
  takenFrom: 'anybody',
  perDay: { key: 100, network: 500 },
  isRevised: true,
  body: Type.Object({
    key: address,
    scopes: Type.Array(scope, { minItems: 1, maxItems: mostScopes }),
    notBefore: time,
    notAfter: time,
  }),
  folds: 'key',
  /** Begins no earlier than the log took it in: a stolen wallet cannot name a helper for the past. */
  step: (before, { body: { key, scopes, notBefore, notAfter }, signer: principal, at }) => {
    const next = { principal, key, scopes, notBefore: Math.max(notBefore, at), notAfter, revokedAt: null };
    return [...before, next].slice(-mostDelegations);
  },
});
