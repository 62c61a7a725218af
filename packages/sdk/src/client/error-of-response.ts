import { CallableError, Problem, type ReasonCode } from '@callable/protocol';
import { Check } from '@callable/protocol/schema';

/** A code. Another word may be anything a stranger likes to have printed. */
const word = /^[A-Z][A-Za-z]{1,59}$/;

/** The error a server answered with; what is not a problem document of ours is named for what it is. */
export async function errorOfResponse(response: Response, baseUrl: string): Promise<CallableError> {
  const body: unknown = await response.json().catch(() => null);
  if (response.status < 400 || !Check(Problem, body) || !word.test(body.code)) {
    return new CallableError(
      'HubUnreachable',
      `${baseUrl} answered ${response.status} without a reason; it may not be a Callable hub.`,
    );
  }
  const retryAfter = Number(response.headers.get('retry-after'));
  const { title, detail: sentence = title, who, retry } = body;
  // The title is the sentence and what to do.
  const next = title.startsWith(sentence) ? title.slice(sentence.length).trim() : '';
  return new CallableError(body.code as ReasonCode, sentence, {
    told: { status: response.status, sentence, who, next, retry },
    details: {
      ...(body.errors ? { errors: body.errors } : {}),
      ...(body.example === undefined ? {} : { example: body.example }),
      ...(body.conditions ? { conditions: body.conditions } : {}),
      ...(body.release === undefined ? {} : { release: body.release }),
      ...(retryAfter > 0 ? { retryAfterSeconds: retryAfter } : {}),
    },
  });
}
