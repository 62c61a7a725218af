import type { CliContext } from '../context/cli-context.ts';
import { cleanText } from '../terminal/clean-text.ts';
import { formatJson } from '../terminal/format-json.ts';
import { paint } from '../terminal/paint.ts';
import type { ExitCode } from './cli-error.ts';
import { describeError } from './describe-error.ts';

/** Says what failed and what to do about it: two lines for a person, one JSON document for a script. */
export function printError(context: Pick<CliContext, 'out' | 'err' | 'env'>, error: unknown, json: boolean): ExitCode {
  const report = describeError(error);
  if (context.env.CALLABLE_DEBUG && error instanceof Error) context.err.write(`${traceOf(error)}\n`);
  if (json) {
    const { code, message, next, details } = report;
    context.out.write(`${formatJson({ error: { code, message, next, ...details } })}\n`);
  } else {
    context.err.write(`${paint(context.err, 'red', 'error')} ${cleanText(report.message)}\n`);
    if (report.next !== '') context.err.write(`${paint(context.err, 'bold', ' next')} ${cleanText(report.next)}\n`);
    if (report.details.example !== undefined)
      context.err.write(`      ${paint(context.err, 'dim', formatJson(report.details.example))}\n`);
  }
  return report.exitCode;
}

function traceOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${traceOf(error.cause)}` : '';
  return (error.stack ?? error.message) + cause;
}
