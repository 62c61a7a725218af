import { CallableError } from '@callable/protocol';

/**
 * HubUnreachable for an answer that no API of ours gives. Its cause is a SyntaxError: the server is there and would say
 * so again, so that asking again is in vain.
 */
export const foreignAnswer = (message: string, cause: unknown = new SyntaxError(message)) =>
  new CallableError('HubUnreachable', message, { cause });
