import { expect, it } from 'vitest';
import { CliError } from '../errors/cli-error.ts';
import type { Command } from './command.ts';
import { parseArguments } from './parse-arguments.ts';

const command: Command = {
  name: 'publish',
  positionals: ['FILE', '[MORE]'],
  summary: '',
  options: { name: { value: 'NAME', help: '' }, 'dry-run': { help: '' }, input: { value: 'X', help: '' } },
  examples: [],
  run: () => Promise.resolve(0),
};

function refusal(...words: string[]): CliError {
  try {
    parseArguments(command, words);
  } catch (error) {
    if (error instanceof CliError) return error;
  }
  throw new Error('it was accepted');
}

it('reads positionals, values and switches in any order', () => {
  const given = parseArguments(command, ['--name', 'iris', 'model.onnx', '--dry-run', '--input=-x']);
  expect(given.positionals).toEqual(['model.onnx']);
  expect(given.text('name')).toBe('iris');
  expect(given.text('input')).toBe('-x');
  expect(given.flag('dry-run')).toBe(true);
  expect(given.text('missing')).toBeUndefined();
});

it('takes - for stdin and a negative number as values', () => {
  expect(parseArguments(command, ['m', '--input', '-']).text('input')).toBe('-');
  expect(parseArguments(command, ['m', '--input', '-1']).text('input')).toBe('-1');
});

it('names the flag that was meant', () => {
  const error = refusal('model.onnx', '--nmae', 'iris');
  expect(error.exitCode).toBe(2);
  expect(error.next).toContain('Did you mean --name?');
});

it('refuses a flag without its value, also when another flag follows', () => {
  expect(refusal('m', '--name').message).toContain('--name needs a value: --name NAME');
  expect(refusal('m', '--name', '--dry-run').message).toContain('--name needs a value');
});

it('refuses a value for a switch, a missing word and one too many', () => {
  expect(refusal('m', '--dry-run=yes').message).toContain('--dry-run takes no value');
  expect(refusal().message).toContain('needs FILE');
  expect(refusal('a', 'b', 'c').message).toContain('what to do with c');
});

it('takes as many as there are where the last word says so, and at least one', () => {
  const many = { ...command, positionals: ['FILE…'] };
  expect(parseArguments(many, ['a.json', 'b.json', 'c.json']).positionals).toEqual(['a.json', 'b.json', 'c.json']);
  expect(() => parseArguments(many, [])).toThrow('needs FILE…');
});
