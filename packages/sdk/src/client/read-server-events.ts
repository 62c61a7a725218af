import { foreignAnswer } from './foreign-answer.ts';
import { type ReadOptions, readPieces } from './read-pieces.ts';

/** Characters of one event. A release with its manifest has well under 1 MiB. */
const mostCharacters = 8 * 2 ** 20;

/** What the next request after a break is told. */
export type Resumption = { lastEventId: string; retryMs: number };

/**
 * The `data` of each server-sent event as text, read as WHATWG says: lines end with CR, LF or CRLF. Ends with the stream;
 * an event that is cut there is left out. Writes `id:` and `retry:` to `resumption`. Throws HubUnreachable for an event
 * without end, and as `readPieces` does.
 */
export async function* readServerEvents(
  response: Response,
  from: string,
  { resumption, ...options }: ReadOptions & { resumption: Resumption },
): AsyncGenerator<{ event: string; data: string }, void> {
  const decoder = new TextDecoder();
  let [line, event, data, held, wasReturn] = ['', 'message', [] as string[], 0, false];
  for await (const piece of readPieces(response, from, options)) {
    let text = decoder.decode(piece, { stream: true });
    if (text === '') continue;
    // A CRLF that two pieces share is one end of line.
    if (wasReturn && text.startsWith('\n')) text = text.slice(1);
    wasReturn = text.endsWith('\r');
    const lines = text.split(/\r\n?|\n/);
    lines[0] = line + lines[0];
    line = lines.pop() ?? '';
    for (const whole of lines) {
      if (whole === '') {
        if (data.length > 0) yield { event, data: data.join('\n') };
        [event, data, held] = ['message', [], 0];
      }
      const [, field, value = ''] = /^([^:]*):? ?([\s\S]*)$/.exec(whole) ?? [];
      if (field === 'event') event = value;
      // attack: an id that no header can carry, or a very long one, would break every later request.
      if (field === 'id' && /^[ -~]{0,999}$/.test(value)) resumption.lastEventId = value;
      if (field === 'retry' && /^\d+$/.test(value)) resumption.retryMs = Number(value);
      if (field === 'data') held += data.push(value) && whole.length;
    }
    if (held + line.length > mostCharacters) throw foreignAnswer(`${from} sent an event of more than 8 MiB.`);
  }
}
