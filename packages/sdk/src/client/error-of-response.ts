import { CallableError, Problem, type ReasonCode } from '@callable/protocol';
import { Check } from '@callable/protocol/schema';
import { foreignAnswer } from './foreign-answer.ts';
import { readText } from './read-text.ts';

/** Problem documents have a few kB; whatever is larger is none. */
const mostBytes = 2 ** 20;

const passing: ReadonlySet<number> = new Set([408, 425, 429]);
/** Not implemented, no such version, a login to the network. */
const never: ReadonlySet<number> = new Set([501, 505, 511]);

/** A code. Another word may be anything a stranger likes to have printed. */
const word = /^[A-Z][A-Za-z]{1,59}$/;

/** The error a server answered with; what is not a problem document of ours is named for what it is. */
export async function errorOfResponse(response: Response, baseUrl: string): Promise<CallableError> {
  const body: unknown = await readText(response, baseUrl, { mostBytes })
    .then(JSON.parse)
    .catch(() => null);
  const { status, headers } = response;
  const seconds = Number(headers.get('retry-after'));
  const retryAfter = seconds > 0 ? { retryAfterSeconds: seconds } : {};
  if (status < 400 || !Check(Problem, body) || !word.test(body.code)) {
    const by = headers.get('server') ?? headers.get('via');
    const to = headers.get('location');
    const said = { ...(by ? { by: by.slice(0, 80) } : {}), ...(to ? { to: to.slice(0, 200) } : {}) };
    const details = { ...retryAfter, answer: { status, ...said } };
    const message = `${baseUrl} answered ${status} without a reason: ${said.by ?? 'something'} answers there, not a Callable hub.`;
    // A proxy speaks so for a hub that restarts, for too many who ask, or for one who is slow.
    if ((status >= 500 && !never.has(status)) || passing.has(status))
      return new CallableError('HubUnreachable', message, { details });
    return foreignAnswer(message, { details });
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
