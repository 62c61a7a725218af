import { readFile } from 'node:fs/promises';
import { CliError } from '../errors/cli-error.ts';
import { fileError } from '../errors/file-error.ts';
import { decodeText } from '../texts/decode-text.ts';
import { quoteLooseNumbers } from '../texts/quote-loose-numbers.ts';

/** What the publisher's framework answered to the example. */
export type Expected = {
  /** The file, as given; only named in sentences. */
  path: string;
  /** The outputs as JSON: not every number survives being parsed. */
  json: string;
  /** The same as values, for their shapes. */
  values: ReadonlyMap<string, unknown>;
};

/** The answers in the file of `--expected`. `outputs` are the names of the model, in its order. */
export async function readExpected(path: string, outputs: readonly string[]): Promise<Expected> {
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw fileError(`The file of answers ${path}`, cause);
  });
  const text = quoteLooseNumbers(decodeText(bytes, `The file of answers ${path}`));
  const form = `Write ${JSON.stringify(Object.fromEntries(outputs.slice(0, 3).map((name) => [name, '…']))).replaceAll('"…"', '[…]')}: the answers by the names of the outputs.`;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw refused(`The answers ${path} are not valid JSON (${why}).`, form);
  }
  const [only] = outputs;
  if (Array.isArray(value)) {
    if (only === undefined || outputs.length !== 1)
      throw refused(
        `The answers ${path} are a list without names, and the model has ${outputs.length} outputs: ${outputs.slice(0, 8).join(', ')}.`,
        form,
      );
    return { path, json: `{${JSON.stringify(only)}:${text}}`, values: new Map([[only, value]]) };
  }
  if (typeof value !== 'object' || value === null)
    throw refused(`The answers ${path} are neither object nor list.`, form);
  const found = new Map(Object.entries(value));
  const stray = [...found.keys()].find((name) => !outputs.includes(name));
  if (stray !== undefined)
    throw refused(
      `The answers ${path} have ${JSON.stringify(stray.slice(0, 80))}, which is no output of the model. Its outputs are ${outputs.slice(0, 8).join(', ')}.`,
      form,
    );
  if (found.size === 0) throw refused(`The answers ${path} are empty.`, form);
  return { path, json: text, values: found };
}

const refused = (message: string, next: string) => new CliError('ExpectedInvalid', message, next);
