import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { CliContext } from '../context/cli-context.ts';
import { CliError } from '../errors/cli-error.ts';
import { fileError } from '../errors/file-error.ts';
import { decodeText } from '../texts/decode-text.ts';
import { quoteLooseNumbers } from '../texts/quote-loose-numbers.ts';

/**
 * The JSON object of `--input`, from a file, `-` for stdin, or the argument itself: as text, because parsing rounds INT64
 * beyond 2^53 and makes null of 1e400. The node reads each number as the datatype of its input, or refuses it by name.
 */
export async function readInput(context: Pick<CliContext, 'cwd' | 'readInput'>, input: string): Promise<string> {
  const text = quoteLooseNumbers(await readText(context, input));
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const where = cause instanceof Error ? ` (${cause.message})` : '';
    throw new CliError('InvalidJson', `The input is not valid JSON${where}.`, inputHint, { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new CliError('InvalidInput', 'The input is not a JSON object.', inputHint);
  return text;
}

const inputHint = `Give an object of input names and nested arrays: --input '{"X": [[5.1, 3.5, 1.4, 0.2]]}'`;

async function readText({ cwd, readInput }: Pick<CliContext, 'cwd' | 'readInput'>, input: string): Promise<string> {
  if (input === '-') return decodeText(await readInput(), 'Standard input');
  if (/^\s*[[{"]/.test(input)) return input;
  const bytes = await readFile(resolve(cwd, input)).catch((cause) => {
    throw fileError(`The input ${input}`, cause);
  });
  return decodeText(bytes, `The input ${input}`);
}
