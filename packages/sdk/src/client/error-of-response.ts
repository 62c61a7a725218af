import { CallableError, findReason, Problem, type ReasonCode } from '@callable/protocol';
import { Check } from '@callable/protocol/schema';

/** The error a server answered with; what is not a problem document of ours is named for what it is. */
export async function errorOfResponse(response: Response, baseUrl: string): Promise<CallableError> {
  const body: unknown = await response.json().catch(() => null);
  if (!Check(Problem, body) || !findReason(body.code)) {
    return new CallableError(
      'HubUnreachable',
      `${baseUrl} answered ${response.status} without a reason; it may not be a Callable hub.`,
    );
  }
  const retryAfter = Number(response.headers.get('retry-after'));
  return new CallableError(body.code as ReasonCode, body.detail ?? body.title, {
    details: {
      ...(body.errors ? { errors: body.errors } : {}),
      ...(body.example === undefined ? {} : { example: body.example }),
      ...(body.conditions ? { conditions: body.conditions } : {}),
      ...(body.release === undefined ? {} : { release: body.release }),
      ...(retryAfter > 0 ? { retryAfterSeconds: retryAfter } : {}),
    },
  });
}
