import { CallableError } from '@callable/protocol';
import { usageError } from './cli-error.ts';

/** What `parse` returns; what it refuses is a word the user typed, and told as such with the help of this command. */
export function asUsage<Value>(command: string, parse: () => Value): Value {
  try {
    return parse();
  } catch (error) {
    if (error instanceof CallableError) throw usageError(error.message, `See: callable ${command} --help`);
    throw error;
  }
}
