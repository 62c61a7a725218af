import { CallableError } from '@callable/protocol';

/** A refusal that names the limit: without it nobody knows how much less to send. `has` is what was declared or came. */
export function bodyTooLarge(limit: number, has = 0): CallableError {
  const size = has > limit ? `has ${has.toLocaleString('en')} bytes` : 'is too large';
  return new CallableError('BodyTooLarge', `The body ${size}; this route takes ${limit.toLocaleString('en')}.`, {
    details: { errors: [{ code: 'BodyTooLarge', expected: `at most ${limit} bytes` }] },
  });
}
