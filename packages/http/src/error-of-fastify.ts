import { CallableError } from '@callable/protocol';
import { bodyTooLarge } from './bodies/body-too-large.ts';

/** An error of ours for what Fastify itself refuses, and ours as they are; null for an accident. `bodyLimit` is that of the route. */
export function errorOfFastify(error: unknown, bodyLimit?: number): CallableError | null {
  if (error instanceof CallableError) return error;
  if (!(error instanceof Error)) return null;
  const { code, statusCode, validation } = error as { code?: unknown; statusCode?: unknown; validation?: unknown };
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return bodyLimit === undefined ? new CallableError('BodyTooLarge') : bodyTooLarge(bodyLimit);
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return new CallableError('MediaTypeUnsupported', undefined, { cause: error });
  const isRefusal = typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500;
  if (!validation && code !== 'FST_ERR_VALIDATION' && !isRefusal) return null;
  const message = `The request does not fit the API: ${error.message.slice(0, 300)}.`;
  return new CallableError('RequestInvalid', message, { cause: error });
}
