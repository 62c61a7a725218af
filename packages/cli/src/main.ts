import { setImmediate as nextTurn } from 'node:timers/promises';
import { formatHelp, formatOverview } from './arguments/format-help.ts';
import { parseArguments } from './arguments/parse-arguments.ts';
import { suggestWord } from './arguments/suggest-word.ts';
import { commandTable } from './commands/command-table.ts';
import type { CliContext } from './context/cli-context.ts';
import { createContext } from './context/create-context.ts';
import { CliError, type ExitCode, exitCodes, usageError } from './errors/cli-error.ts';
import { printError } from './errors/print-error.ts';

/** Runs the command line of this process and sets its exit code. */
export async function main(words: readonly string[]): Promise<void> {
  const stopping = new AbortController();
  const stop = () => {
    // The second Ctrl-C means now; what has to be removed even then hangs on the exit event.
    if (stopping.signal.aborted) process.exit(exitCodes.interrupted);
    stopping.abort();
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  // A parent that dies, however, closes its pipe: whoever holds one needs no other way to end what it started.
  if (process.env.CALLABLE_END_WITH_STDIN === '1') process.stdin.resume().once('close', stop).unref?.();
  const context = createContext(stopping.signal);
  process.exitCode = await runCommand(context, words);
  process.off('SIGINT', stop).off('SIGTERM', stop);
}

/** Runs one command and answers its exit code; never throws. */
export async function runCommand(context: CliContext, words: readonly string[]): Promise<ExitCode> {
  const json = words.includes('--json');
  try {
    return await dispatch(context, words);
  } catch (error) {
    // What fails once Ctrl-C was pressed fails because of it: the runner of a model gets it too, and dies first.
    await nextTurn();
    // A command that knows what is left of its work says so itself.
    const isTold = error instanceof CliError && error.exitCode === exitCodes.interrupted;
    if (context.signal.aborted && !isTold) return printError(context, stoppedBy(error), json);
    return printError(context, error, json);
  }
}
/** The first word is that somebody stopped it; what came of that is only a trace. */
const stoppedBy = (cause: unknown) => Object.assign(new Error('stopped', { cause }), { name: 'AbortError' });

async function dispatch(context: CliContext, words: readonly string[]): Promise<ExitCode> {
  const first = words[0];
  if (first === undefined || first === '--help' || first === '-h' || first === 'help') {
    context.out.write(formatOverview(commandTable));
    return first === undefined ? exitCodes.usedWrongly : exitCodes.done;
  }
  const row = commandTable.find(({ name }) => name === words.slice(0, name.split(' ').length).join(' '));
  if (!row) throw unknownCommand(words);
  const command = await row.load();
  const rest = words.slice(row.name.split(' ').length);
  if (rest.includes('--help') || rest.includes('-h')) {
    context.out.write(formatHelp(command));
    return exitCodes.done;
  }
  return command.run(context, parseArguments(command, rest));
}

function unknownCommand(words: readonly string[]) {
  const names = commandTable.map(({ name }) => name);
  const [first = '', second] = words;
  // Half of a command of two words, rather than a command that looks like it.
  const begun = names.find((name) => name.startsWith(`${first} `)) ?? null;
  const both = second === undefined ? begun : suggestWord(`${first} ${second}`, names);
  const meant = both ?? begun ?? suggestWord(first, names);
  const hint = meant === null ? 'See: callable --help' : `Did you mean callable ${meant}? See: callable --help`;
  return usageError(`There is no command ${words[0]}.`, hint);
}
