/** What a server says of itself, or of how much it was asked: nothing is learned of the release. */
const ownCodes: ReadonlySet<string> = new Set([
  'DatabaseUnavailable',
  'GatewayHoldsTooMuch',
  'HubHoldsTooMuch',
  'HubUnreachable',
  'Internal',
  'LogRolledBack',
  'NetworkHoldsTooMuch',
  'NotReady',
  'TooManyRequests',
]);

/** Whether a refusal by a gateway tells of the hub or its gateway, and not of the release that was probed. */
export const isOwnFailure = (code: string): boolean => ownCodes.has(code);
