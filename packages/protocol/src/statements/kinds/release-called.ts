import { reduceCalls } from '../../conditions/reduce-calls.ts';
import { Type } from '../../schema/type.ts';
import { address, count } from './fields.ts';
import { kindRow } from './kind-row.ts';

export const releaseCalled = kindRow({
  kind: 'release.called',
  says: 'Calls counted from receipts since the last such statement.',
  subject: 'release digest',
  signer: 'hub',
  takenFrom: 'hub',
  perDay: null,
  body: Type.Object({
    /** Good answers to callers who are neither publisher nor operator. */
    signed: count,
    keyless: count,
    /** Good answers to the publisher or the operator of the node that answered. */
    own: count,
    /** Calls that failed for a reason of the release or its nodes, not of the caller's input. */
    failed: count,
    /** Distinct callers with a key among `signed`. */
    callers: count,
    lastGoodAt: Type.Union([count, Type.Null()]),
    /** Whose answers the good calls of strangers were, so that they fall with the node if it is caught lying. */
    byNode: Type.Optional(Type.Array(Type.Object({ node: address, signed: count, keyless: count }), { maxItems: 200 })),
  }),
  folds: 'release',
  step: (state, { body, at, id }, rules) => reduceCalls(state, body, at, id, rules),
  seats: ({ byNode = [] }) => byNode.map(({ node }) => node),
});
