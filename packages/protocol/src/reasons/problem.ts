import { type Static, Type } from '../schema/type.ts';
import type { CallableError } from './callable-error.ts';

/** RFC 9457 problem document; `title` already holds cause and remedy, because many clients show only that. */
export const Problem = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.Optional(Type.String()),
  code: Type.String(),
  who: Type.String(),
  retry: Type.Boolean(),
  charged: Type.Boolean(),
  requestId: Type.String(),
  errors: Type.Optional(Type.Array(Type.Record(Type.String(), Type.Unknown()))),
  example: Type.Optional(Type.Unknown()),
  conditions: Type.Optional(Type.Array(Type.Unknown())),
  release: Type.Optional(Type.String()),
  /** When the same request is reckoned to work, and what that rests on; `Retry-After` says the same. */
  estimate: Type.Optional(Type.Object({ seconds: Type.Number(), basis: Type.String() })),
});
export type Problem = Static<typeof Problem>;

export const problemContentType = 'application/problem+json';

/** The document for a failed request. Nothing is ever charged for one. */
export function problemOf(error: CallableError, requestId: string): Problem {
  const { errors, example, conditions, release, estimate } = error.details;
  return {
    type: `/reasons/${error.code}`,
    title: error.remedy === '' ? error.message : `${error.message} ${error.remedy}`,
    status: error.status,
    detail: error.message,
    code: error.code,
    who: error.who,
    retry: error.retry,
    charged: false,
    requestId,
    ...(errors ? { errors: errors.map((entry) => ({ ...entry })) } : {}),
    ...(example === undefined ? {} : { example }),
    ...(conditions ? { conditions: [...conditions] } : {}),
    ...(release === undefined ? {} : { release }),
    ...(estimate ? { estimate } : {}),
  };
}
