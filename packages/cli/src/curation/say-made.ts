import type { LoggedStatementView } from '@callable/protocol';
import type { Given } from '../arguments/command.ts';
import type { CliContext } from '../context/cli-context.ts';
import { type ExitCode, exitCodes } from '../errors/cli-error.ts';
import { cleanText } from '../terminal/clean-text.ts';
import { formatJson } from '../terminal/format-json.ts';
import { paint } from '../terminal/paint.ts';

/** Tells what was put into the log: the sentence for a person, the statement for a script. */
export function sayMade(context: CliContext, given: Given, sentence: string, made: LoggedStatementView): ExitCode {
  if (given.flag('json')) context.out.write(`${formatJson({ statement: made.id, seq: made.seq })}\n`);
  else {
    context.out.write(`${cleanText(sentence)}\n`);
    context.err.write(`${paint(context.err, 'dim', `statement ${made.id}, number ${made.seq} of the log`)}\n`);
  }
  return exitCodes.done;
}
