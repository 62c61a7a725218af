import { CallableError, Problem, type ReasonCode } from '@callable/protocol';
import { Check } from '@callable/protocol/schema';
import { foreignAnswer } from './foreign-answer.ts';
import { readText } from './read-text.ts';

/** Problem documents have a few kB; whatever is larger is none. */
const mostBytes = 2 ** 20;

/** A code. Another word may be anything a stranger likes to have printed. */
const word = /^[A-Z][A-Za-z]{1,59}$/;

/** The error a server answered with; what is not a problem document of ours is named for what it is. */
export async function errorOfResponse(response: Response, baseUrl: string): Promise<CallableError> {
  const body: unknown = await readText(response, baseUrl, { mostBytes })
    .then(JSON.parse)
    .catch(() => null);
  const { status } = response;
  const seconds = Number(response.headers.get('retry-after'));
  const retryAfter = seconds > 0 ? { retryAfterSeconds: seconds } : {};
  if (status < 400 || !Check(Problem, body) || !word.test(body.code)) {
    const message = `${baseUrl} answered ${status} without a reason; it may not be a Callable hub.`;
    // A proxy speaks so for a hub that restarts, or for too many who ask.
    if (status >= 500 || status === 429) return new CallableError('HubUnreachable', message, { details: retryAfter });
    return foreignAnswer(message);
  }
  const { title, detail: sentence = title, who, retry } = body;
  // The title is the sentence and what to do.
  const next = title.startsWith(sentence) ? title.slice(sentence.length).trim() : '';
  return new CallableError(body.code as ReasonCode, sentence, {
    told: { status, sentence, who, next, retry },
    details: {
      ...(body.errors ? { errors: body.errors } : {}),
      ...(body.example === undefined ? {} : { example: body.example }),
      ...(body.conditions ? { conditions: body.conditions } : {}),
      ...(body.release === undefined ? {} : { release: body.release }),
      ...retryAfter,
    },
  });
}
