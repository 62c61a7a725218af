import { Policy } from '../policy/policy.ts';
import { address } from '../schema/fields.ts';
import { type Static, Type } from '../schema/type.ts';

/** GET /v1/network */
export const NetworkView = Type.Object({
  hub: address,
  software: Type.String(),
  policy: Policy,
  /** Base URLs at which calls are answered, and node links accepted. */
  gateways: Type.Array(Type.String()),
  /** Whose labels this hub follows. */
  labelers: Type.Optional(Type.Array(address)),
  /** Why nothing can be written here, one sentence; absent while everything can. */
  notReady: Type.Optional(Type.Object({ reason: Type.String(), message: Type.String() })),
  limits: Type.Object({ releaseBytes: Type.Integer(), manifestBytes: Type.Integer() }),
});
export type NetworkView = Static<typeof NetworkView>;
