import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { CallableError, type Manifest, readExactJson } from '@callable/protocol';
import { CliError } from '../errors/cli-error.ts';
import { isTooLarge } from '../models/is-too-large.ts';
import { makeExample } from '../models/make-example.ts';

type Specs = Manifest['inputs'];

/** Inputs to try on the model: as text, which is what runs and what is published, and as a value to compare. */
export type Candidate = { readonly text: string; readonly value: Record<string, unknown> };

/** Sizes for open axes, in the order they are tried: many models want more than one step, patch or pixel. */
const openAxes = [1, 2, 8, 32, 224];

/** The example the publisher gave, or several made from the declared shapes until one is answered. */
export async function chooseExample(
  path: string | undefined,
  specs: Specs,
): Promise<{ made: boolean; candidates: Candidate[] }> {
  if (path !== undefined) return { made: false, candidates: [await readExample(resolve(path))] };
  const isOpen = specs.some(({ shape }) => shape.includes(-1));
  const sizes = (isOpen ? openAxes : [1]).filter((size) => !isTooLarge(specs, size));
  if (sizes.length === 0)
    throw new CallableError(
      'ExampleInvalid',
      'The inputs are too large for an example to be made; give one: --example.',
    );
  return { made: true, candidates: sizes.map((size) => madeWhenAsked(specs, size)) };
}

/**
 * The first candidate mostly serves. Making all of them took four seconds for an image model, in which this process
 * heard nothing: not even that the hub had closed an idle connection.
 */
function madeWhenAsked(specs: Specs, size: number): Candidate {
  let value: Record<string, unknown> | null = null;
  return {
    get value() {
      value ??= makeExample(specs, size) ?? {};
      return value;
    },
    get text() {
      return JSON.stringify(this.value);
    },
  };
}

async function readExample(path: string): Promise<Candidate> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new CallableError('FileUnreadable', `The example ${path} cannot be read (${cause.code ?? cause.message}).`, {
      cause,
    });
  });
  let value: unknown;
  try {
    value = readExactJson(text);
  } catch (cause) {
    throw new CliError(
      'ExampleInvalid',
      `The example ${path} is not valid JSON (${cause instanceof Error ? cause.message : cause}).`,
      'Write an object of input names and nested arrays.',
      { cause },
    );
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new CliError(
      'ExampleInvalid',
      `The example ${path} is not a JSON object.`,
      'Write an object of input names and nested arrays.',
    );
  return { text, value: value as Record<string, unknown> };
}
