import { CallableError, Problem, type ReasonCode } from '@callable/protocol';
import { Check } from '@callable/protocol/schema';
import { foreignAnswer } from './foreign-answer.ts';
import { readText } from './read-text.ts';

/** Problem documents have a few kB; whatever is larger is none. */
const mostBytes = 2 ** 20;

/** May be over soon: a server's failures, but for those by which it says that it never does this. A login to the network is none. */
const passing = /^(408|425|429|5(?!01|05|11))/;

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
    const [by = headers.get('via'), to] = ['server', 'location'].map((name) => headers.get(name)?.slice(0, 200));
    const details = { ...retryAfter, answer: { status, by, to } };
    const message = `${baseUrl} answered ${status} without a reason: ${by ?? 'something'}, not a Callable hub.`;
    // A proxy speaks so for a hub that restarts, for too many who ask, or for one who is slow.
    if (passing.test(`${status}`)) return new CallableError('HubUnreachable', message, { details });
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
