import { Type } from 'typebox';
import { Policy } from '../../policy/policy.ts';
import { address, time } from './fields.ts';

/** subject: the hub. Signed by the hub: the rules from here on. */
export const PolicyAdopted = Type.Object({ policy: Policy });

/** subject: the hub. Signed by the hub: the key that signs the checkpoints of its log. */
export const LogOpened = Type.Object({
  origin: Type.String({ pattern: '^[!-*,-~]{1,200}$' }),
  /** C2SP verifier key: name, key hash and Ed25519 key. */
  vkey: Type.String({ pattern: '^[!-~]{1,400}$' }),
});

/** What a key may do for the principal that named it. */
export const scopes = ['publish', 'operate'] as const;
export type Scope = (typeof scopes)[number];
const scope = Type.Unsafe<Scope>(Type.String({ enum: [...scopes] }));

/** subject: the principal. Signed by it: another key acts for it, in these scopes, for this time. */
export const KeyDelegated = Type.Object({
  key: address,
  scopes: Type.Array(scope, { minItems: 1, maxItems: scopes.length }),
  notBefore: time,
  notAfter: time,
});

/** subject: the principal. Signed by it: from the log's time of this on, the key acts for it no more. */
export const KeyRevoked = Type.Object({ key: address });
