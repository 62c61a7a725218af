import { CallableError } from '@callable/protocol';

/** An error of ours for what Fastify itself refuses, and ours as they are; null for an accident. */
export function errorOfFastify(error: unknown): CallableError | null {
  if (error instanceof CallableError) return error;
  if (!(error instanceof Error)) return null;
  const { code, statusCode, validation } = error as { code?: unknown; statusCode?: unknown; validation?: unknown };
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return new CallableError('BodyTooLarge', undefined, { cause: error });
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return new CallableError('MediaTypeUnsupported', undefined, { cause: error });
  const isRefusal = typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500;
  if (!validation && code !== 'FST_ERR_VALIDATION' && !isRefusal) return null;
  const message = `The request does not fit the API: ${error.message.slice(0, 300)}.`;
  return new CallableError('RequestInvalid', message, { cause: error });
}
