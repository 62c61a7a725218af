import { CallableError, type ErrorDetails } from '@callable/protocol';

/**
 * HubUnreachable for an answer that no API of ours gives. Its cause is a SyntaxError: the server is there and would say
 * so again, so that asking again is in vain.
 */
export const foreignAnswer = (
  message: string,
  { cause = new SyntaxError(message), details = {} }: { cause?: unknown; details?: ErrorDetails } = {},
) => new CallableError('HubUnreachable', message, { cause, details });
