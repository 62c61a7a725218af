import { CallableError } from '@callable/protocol';
import { expect, it } from 'vitest';
import { testContext } from '../../test/test-context.ts';
import { CliError, usageError } from './cli-error.ts';
import { printError } from './print-error.ts';

it('says what failed and what to do, on stderr, without a trace', () => {
  const context = testContext();
  const error = new CallableError('HubUnreachable', 'http://h does not answer (ECONNREFUSED).');
  expect(printError(context, error, false)).toBe(1);
  expect(context.out.text()).toBe('');
  expect(context.err.text().split('\n')).toEqual([
    'error http://h does not answer (ECONNREFUSED).',
    expect.stringContaining(' next Check the address'),
    '',
  ]);
});

it('is one JSON document on stdout with --json', () => {
  const context = testContext();
  const error = new CallableError('InvalidInput', 'No.', {
    details: { errors: [{ input: 'x' }], example: { X: [1] } },
  });
  expect(printError(context, error, true)).toBe(1);
  expect(context.err.text()).toBe('');
  expect(JSON.parse(context.out.text())).toEqual({
    error: {
      code: 'InvalidInput',
      message: 'No.',
      next: expect.any(String),
      errors: [{ input: 'x' }],
      example: { X: [1] },
    },
  });
});

it.each([
  ['a usage error', usageError('a', 'b'), 2, 'UsedWrongly'],
  ['an error of its own', new CliError('KeyExposed', 'a', 'b'), 1, 'KeyExposed'],
  ['an interruption', new DOMException('aborted', 'AbortError'), 130, 'Interrupted'],
  ['a full disk', Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' }), 1, 'DiskFull'],
  ['a fault of ours', new TypeError('x is not a function'), 1, 'Internal'],
  ['a thrown text', 'oh', 1, 'Internal'],
])('%s ends with its code', (_, error, exitCode, code) => {
  const context = testContext();
  expect(printError(context, error, true)).toBe(exitCode);
  expect(JSON.parse(context.out.text()).error.code).toBe(code);
});

it('shows the trace, and that of its cause, only when asked', () => {
  const error = new Error('outer', { cause: new Error('inner') });
  const quiet = testContext();
  printError(quiet, error, false);
  expect(quiet.err.text()).not.toContain('print-error.test');
  const loud = testContext({ env: { CALLABLE_DEBUG: '1' } });
  printError(loud, error, false);
  expect(loud.err.text()).toContain('print-error.test');
  expect(loud.err.text()).toContain('inner');
});

it('a message from a hostile hub cannot drive the terminal', () => {
  const context = testContext();
  printError(context, new CallableError('Internal', '\u001b[2J\u001b[Hgotcha\nerror nothing'), false);
  expect(context.err.text()).not.toContain('\u001b');
  expect(context.err.text().split('\n')).toHaveLength(3);
});
