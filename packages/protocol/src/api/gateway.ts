import { address } from '../schema/fields.ts';
import { type Static, Type } from '../schema/type.ts';

/** GET /v1/gateway */
export const GatewayView = Type.Object({
  /** For whom signed calls are: they name it as their audience. */
  gateway: address,
  software: Type.String(),
});
export type GatewayView = Static<typeof GatewayView>;
