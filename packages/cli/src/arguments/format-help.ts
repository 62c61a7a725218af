import { wrapText } from '../terminal/wrap-text.ts';
import type { Command } from './command.ts';

/** Characters of a line of prose. */
const width = 116;

/** `callable <command> --help`. */
export function formatHelp(command: Command): string {
  const options = Object.entries({ ...command.options, help: { help: 'print this' } }).map(([name, option]) => [
    'value' in option && option.value !== undefined ? `--${name} ${option.value}` : `--${name}`,
    option.help,
  ]);
  return [
    `callable ${[command.name, ...command.positionals, '[options]'].join(' ')}`,
    '',
    ...wrapText(command.summary, width),
    ...(command.details === undefined
      ? []
      : ['', ...command.details.split('\n').flatMap((line) => wrapText(line, width))]),
    '',
    'Options',
    ...columns(options),
    '',
    'Examples',
    ...command.examples.map((example) => `  ${example}`),
    '',
  ].join('\n');
}

/** `callable --help`. */
export function formatOverview(rows: readonly { name: string; summary: string }[]): string {
  return [
    'callable: publish a model, call a model, run the network',
    '',
    'Commands',
    ...columns(rows.map((row) => [row.name, row.summary])),
    '',
    'Every command takes --help and, where it answers, --json.',
    'Exit codes: 0 done, 1 failed, 2 used wrongly, 3 stored but not callable, 4 not proved.',
    'Environment: CALLABLE_HUB, CALLABLE_KEY, CALLABLE_HOME, NO_COLOR, CALLABLE_DEBUG.',
    '',
    'Examples',
    '  callable up',
    '  callable publish ./model.onnx --example in.json',
    '  callable call 0x…/iris --input \'{"X": [[5.1, 3.5, 1.4, 0.2]]}\'',
    '',
  ].join('\n');
}

function columns(rows: readonly (readonly string[])[]): string[] {
  const indent = Math.max(...rows.map((row) => row[0]?.length ?? 0));
  return rows.map((row) => `  ${(row[0] ?? '').padEnd(indent)}  ${row[1] ?? ''}`);
}
