import { parseArgs } from 'node:util';
import { ownMember } from '@callable/protocol';
import { usageError } from '../errors/cli-error.ts';
import type { Command, Given } from './command.ts';
import { suggestWord } from './suggest-word.ts';

/**
 * The arguments as the command declares them. Throws a usage error that names the flag that was probably meant.
 */
export function parseArguments(command: Command, words: readonly string[]): Given {
  const options = Object.fromEntries(
    Object.entries(command.options).map(([name, option]) => [
      name,
      { type: option.value === undefined ? ('boolean' as const) : ('string' as const) },
    ]),
  );
  // Not strict: our own messages name the flag that was meant, those of Node do not.
  const { values, positionals, tokens } = parseArgs({
    args: [...words],
    options,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const help = `See: callable ${command.name} --help`;
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const option = ownMember(command.options, token.name);
    if (!option) throw unknownOption(command, token.rawName, help);
    if (option.value === undefined && token.value !== undefined)
      throw usageError(`${token.rawName} takes no value.`, help);
    if (option.value !== undefined && isMissing(token.value, token.inlineValue))
      throw usageError(`${token.rawName} needs a value: ${token.rawName} ${option.value}.`, help);
  }
  checkPositionals(command, positionals, help);
  return {
    positionals,
    text: (name) => {
      const value = ownMember(values, name);
      return typeof value === 'string' ? value : undefined;
    },
    flag: (name) => ownMember(values, name) === true,
  };
}

/** `--name --json` swallowed the next flag; `-` alone is stdin. */
function isMissing(value: string | undefined, inline: boolean | undefined): boolean {
  return value === undefined || (inline !== true && /^--?[a-z]/.test(value));
}

function unknownOption(command: Command, rawName: string, help: string) {
  const meant = suggestWord(rawName.replace(/^-+/, ''), Object.keys(command.options));
  const hint = meant === null ? help : `Did you mean --${meant}? ${help}`;
  return usageError(`callable ${command.name} has no option ${rawName}.`, hint);
}

function checkPositionals(command: Command, given: readonly string[], help: string): void {
  const needed = command.positionals.filter((word) => !word.startsWith('['));
  const missing = needed[given.length];
  if (missing !== undefined) throw usageError(`callable ${command.name} needs ${missing}.`, help);
  // The last may stand for as many as there are.
  if (command.positionals.at(-1)?.endsWith('…')) return;
  const extra = given[command.positionals.length];
  if (extra !== undefined) throw usageError(`callable ${command.name} does not know what to do with ${extra}.`, help);
}
