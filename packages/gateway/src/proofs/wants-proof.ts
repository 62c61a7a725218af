import { CallableError } from '@callable/protocol';

/** Whether the address of a call asks for what proves its answer: `?proof=1`. Throws RequestInvalid for another value. */
export function wantsProof({ query }: { query: unknown }): boolean {
  const { proof } = query as { proof?: unknown };
  if (proof === undefined || proof === '1') return proof === '1';
  throw new CallableError('RequestInvalid', 'The parameter proof takes 1: ?proof=1.');
}
