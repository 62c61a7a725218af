import type { Static, TSchema } from '@callable/protocol/schema';
import { Check } from '@callable/protocol/schema';
import { foreignAnswer } from './foreign-answer.ts';

/** JSON that fits the schema; another party's answer is untrusted input. Throws HubUnreachable for all else. */
export function parseAnswer<Schema extends TSchema>(
  schema: Schema,
  text: string,
  from: string,
  parse: (text: string) => unknown = JSON.parse,
): Static<Schema> {
  let cause: unknown;
  try {
    const value = parse(text);
    if (Check(schema, value)) return value;
  } catch (error) {
    cause = error;
  }
  throw foreignAnswer(`${from} answered something else than its API says.`, { cause });
}
