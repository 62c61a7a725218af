import { expect, test } from 'vitest';
import { conditionsWithReason } from '../conditions/conditions-with-reason.ts';
import { Check } from '../schema/check.ts';
import { auditReasons } from './audit-reasons.ts';
import { backupReasons } from './backup-reasons.ts';
import { callReasons } from './call-reasons.ts';
import { CallableError } from './callable-error.ts';
import { conditionReasons } from './condition-reasons.ts';
import { Problem, problemOf } from './problem.ts';
import type { Reason } from './reason.ts';
import { findReason, type ReasonCode, reasons } from './reasons.ts';
import { requestReasons } from './request-reasons.ts';

const rows = Object.entries(reasons).map(([code, row]) => ({ code: code as ReasonCode, row: row as Reason }));

test.each(rows)('$code is a word, with one sentence and who does what about it', ({ code, row }) => {
  expect(code).toMatch(/^[A-Z][A-Za-z]+$/);
  expect(code).not.toMatch(/[A-Z]{3}/);
  expect(code.length).toBeLessThanOrEqual(60);
  expect(row.sentence).toMatch(/^[A-Z][^\n]{9,160}\.$/);
  expect(row.sentence.slice(0, -1)).not.toMatch(/\. [A-Z]/);
  const isFine = row.status === 200;
  expect(row.next === '').toBe(isFine);
  if (!isFine) expect(row.next).toMatch(/^[A-Z].{5,160}\.$/);
  expect(row.who === 'nobody').toBe(isFine);
  expect(row.retry && row.status < 400).toBe(false);
});

test.each(rows)('$code has a status that says whose turn it is', ({ row }) => {
  expect([
    200, 400, 401, 403, 404, 408, 409, 410, 413, 415, 416, 421, 422, 429, 451, 500, 502, 503, 504, 507,
  ]).toContain(row.status);
  if (row.who === 'network') expect(row.status).toBeGreaterThanOrEqual(500);
  // A 4xx says the request is at fault, so the same one cannot succeed later; 429 is about how often,
  // and 408 about how it came.
  if (row.status >= 400 && row.status < 500 && ![408, 429].includes(row.status)) expect(row.retry).toBe(false);
});

test('no reason stands in two tables, where one would silently replace the other', () => {
  const codes = [conditionReasons, requestReasons, callReasons, auditReasons, backupReasons].flatMap((table) =>
    Object.keys(table),
  );
  expect(new Set(codes).size).toBe(codes.length);
});

test('every reason of a condition says under which conditions it is found', () => {
  for (const code of Object.keys(conditionReasons)) expect(conditionsWithReason(code), code).not.toEqual([]);
  for (const code of Object.keys(auditReasons)) expect(conditionsWithReason(code)).toEqual([]);
  expect(conditionsWithReason('toString')).toEqual([]);
});

test('the verdicts of this package are all in the table', () => {
  for (const code of [
    'ManifestInvalid',
    'StatementInvalid',
    'StatementTooLarge',
    'StatementFutureDated',
    'SignatureInvalid',
    'SignatureMissing',
    'RequestExpired',
    'ReceiptInvalid',
    'CheckStale',
  ])
    expect(findReason(code)).not.toBeNull();
});

test.each(['', 'Unheard', 'toString', 'constructor', '__proto__', 'hasOwnProperty'])('%j is no reason', (code) => {
  expect(findReason(code)).toBeNull();
});

test('an error carries its row, its cause and what happened in this case', () => {
  const cause = new Error('disk');
  const error = new CallableError('DiskFull', 'No byte is free.', { cause, details: { release: 'alice/iris' } });
  expect(error).toMatchObject({
    name: 'CallableError',
    code: 'DiskFull',
    message: 'No byte is free.',
    status: 507,
    who: 'operator',
    remedy: reasons.DiskFull.next,
    retry: true,
    cause,
    details: { release: 'alice/iris' },
  });
  expect(new CallableError('DiskFull').message).toBe(reasons.DiskFull.sentence);
  expect('cause' in new CallableError('DiskFull')).toBe(false);
});

test('a server tells the row of a reason that came after this program, and of no other', () => {
  const told = { status: 418, sentence: 'It is a teapot.', who: 'kettle', next: 'Ask for tea.', retry: true };
  const { sentence, next, ...row } = told;
  const newer = new CallableError('Teapot' as ReasonCode, undefined, { told });
  expect(newer).toMatchObject({ code: 'Teapot', message: sentence, remedy: next, ...row });
  expect(problemOf(newer, 'r1')).toMatchObject({ code: 'Teapot', title: 'It is a teapot. Ask for tea.', ...row });
  expect(new CallableError('DiskFull', undefined, { told })).toMatchObject({ status: 507, who: 'operator' });
  expect(new CallableError('constructor' as ReasonCode)).toMatchObject({ status: 500, message: '', remedy: '' });
});

test('a problem document says what happened and what to do, even to a client that shows only the title', () => {
  const error = new CallableError('InvalidInput', 'There is no input txt.', {
    details: { errors: [{ input: 'txt' }], example: null, release: 'alice/iris@1.0.0' },
  });
  const problem = problemOf(error, 'r1');
  expect(problem).toEqual({
    type: '/reasons/InvalidInput',
    title: `There is no input txt. ${reasons.InvalidInput.next}`,
    status: 422,
    detail: 'There is no input txt.',
    code: 'InvalidInput',
    who: 'caller',
    retry: false,
    charged: false,
    requestId: 'r1',
    errors: [{ input: 'txt' }],
    example: null,
    release: 'alice/iris@1.0.0',
  });
});

test.each(rows)('the problem of $code fits its schema and leaks no cause', ({ code }) => {
  const problem = problemOf(new CallableError(code, undefined, { cause: new Error('secret') }), 'r1');
  expect(Check(Problem, problem)).toBe(true);
  expect(JSON.stringify(problem)).not.toContain('secret');
  expect(Object.values(problem)).not.toContain(undefined);
});
