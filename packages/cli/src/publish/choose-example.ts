import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { CallableError, readExactJson } from '@callable/protocol';
import { CliError } from '../errors/cli-error.ts';
import { fileError } from '../errors/file-error.ts';
import { type Filling, fillings } from '../models/fill-elements.ts';
import { isTooLarge } from '../models/is-too-large.ts';
import { fillExample } from '../models/make-example.ts';
import { type ShapedInput, sizeAxes } from '../models/size-axes.ts';
import { decodeText } from '../texts/decode-text.ts';
import { quoteLooseNumbers } from '../texts/quote-loose-numbers.ts';

/** Inputs to try on the model: as text, which is what runs and what is published, and as a value to compare. */
export type Candidate = {
  readonly text: string;
  readonly value: Record<string, unknown>;
  /** How it was made from the shapes, in words; null for the publisher's own. */
  readonly how: string | null;
};

/** The example the publisher gave, or several made from the declared shapes until one is answered. */
export async function chooseExample(path: string | undefined, inputs: readonly ShapedInput[]): Promise<Candidate[]> {
  if (path !== undefined) return [await readExample(resolve(path))];
  const candidates = listPlans(inputs)
    .filter(({ shapes }) => shapes.every((shape) => !isTooLarge([{ shape }], 1)))
    .map((plan) => madeWhenAsked(inputs, plan));
  if (candidates.length > 0) return candidates;
  throw new CallableError('ExampleInvalid', 'The inputs are too large for an example to be made; give one: --example.');
}

type Plan = { shapes: readonly (readonly number[])[]; filling: Filling; sizes: string };

/** The first is what people are shown where it is answered. */
const usual = { sequence: 4, image: 32, past: 0 };
const larger = { sequence: 16, image: 224, past: 0 };
const continued = { sequence: 1, image: 32, past: 1 };
/** For every open axis alike: many models want more than one step, patch or pixel. */
const openAxes = [1, 2, 8, 32, 224];

/**
 * What is tried, in order: sizes first, since most models that refuse an input refuse its shape, then other values. Of 37
 * models of fixed shapes that failed on numbers which count, 27 answered one of these fillings.
 */
function listPlans(inputs: readonly ShapedInput[]): Plan[] {
  const isOpen = inputs.some(({ shape }) => shape.includes(-1));
  const fill = (shapes: Plan['shapes'], sizes: string, chosen: readonly Filling[]): Plan[] =>
    chosen.map((filling) => ({ shapes, sizes, filling }));
  const alike = (size: number) => inputs.map(({ shape }) => shape.map((each) => (each === -1 ? size : each)));
  const first = sizeAxes(inputs, usual);
  if (!isOpen) return fill(first, '', fillings);
  return [
    ...fill(first, '', ['usual values']),
    ...fill(sizeAxes(inputs, larger), 'larger axes, ', ['usual values']),
    ...openAxes.flatMap((size) => fill(alike(size), `open axes of ${size}, `, ['counting'])),
    ...fill(sizeAxes(inputs, continued), 'one step after one, ', ['usual values']),
    ...fill(first, '', fillings.slice(1)),
    ...fill(alike(1), 'open axes of 1, ', fillings.slice(2)),
  ];
}

/**
 * The first candidate mostly serves. Making all of them took four seconds for an image model, in which this process
 * heard nothing: not even that the hub had closed an idle connection. None is kept: a picture is 150,000 numbers.
 */
function madeWhenAsked(inputs: readonly ShapedInput[], { shapes, filling, sizes }: Plan): Candidate {
  const make = () => fillExample(inputs, shapes, filling);
  return {
    how: `${sizes}${filling}`,
    get value() {
      return make();
    },
    get text() {
      return JSON.stringify(make());
    },
  };
}

async function readExample(path: string): Promise<Candidate> {
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw fileError(`The example ${path}`, cause);
  });
  const text = quoteLooseNumbers(decodeText(bytes, `The example ${path}`));
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
  return { text, value: value as Record<string, unknown>, how: null };
}
