import type { CliContext } from '../context/cli-context.ts';
import type { ExitCode } from '../errors/cli-error.ts';

export type OptionSpec = {
  /** What stands after the flag in the help; a flag without one is a switch. */
  readonly value?: string;
  readonly help: string;
};

/** One command: everything its help says, and what it does. */
export type Command = {
  readonly name: string;
  /** `FILE` or `REF…`, as the help shows them; the words in brackets may be left out. */
  readonly positionals: readonly string[];
  readonly summary: string;
  readonly details?: string;
  readonly options: Readonly<Record<string, OptionSpec>>;
  readonly examples: readonly string[];
  run(context: CliContext, given: Given): Promise<ExitCode>;
};

/** The arguments of one run, checked against the command. */
export type Given = {
  readonly positionals: readonly string[];
  readonly text: (option: string) => string | undefined;
  readonly flag: (option: string) => boolean;
};

/** Options that several commands share, worded once. */
export const sharedOptions = {
  json: { help: 'print one JSON document on stdout' },
  hub: { value: 'URL', help: 'the hub to speak to (CALLABLE_HUB, else http://127.0.0.1:4600)' },
} as const satisfies Record<string, OptionSpec>;
