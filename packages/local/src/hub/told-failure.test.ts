import { CallableError } from '@callable/protocol';
import { expect, it } from 'vitest';
import { readFailure, tellFailure } from './told-failure.ts';

const sent = (error: unknown) => readFailure(structuredClone(tellFailure(error)));

it('an error of ours arrives with its code, its details and what caused it', () => {
  const cause = Object.assign(new Error('no entry'), { code: 'EACCES', path: '/data/hub' });
  const error = sent(new CallableError('DataInUse', 'It runs.', { cause, details: { retryAfterSeconds: 2 } }));
  expect(error).toBeInstanceOf(CallableError);
  expect(error).toMatchObject({ code: 'DataInUse', message: 'It runs.', details: { retryAfterSeconds: 2 } });
  expect(error.cause).toMatchObject({ code: 'EACCES', path: '/data/hub', message: 'no entry' });
});

it('an accident stays one, and what is thrown that is no error is told in its words', () => {
  expect(sent(new RangeError('too far'))).toMatchObject({ name: 'RangeError', message: 'too far' });
  expect(sent(new RangeError('too far'))).not.toBeInstanceOf(CallableError);
  expect(sent('gone').message).toBe('gone');
});

it('an error that is its own cause has an end', () => {
  const error = new Error('round');
  error.cause = error;
  expect(sent(error).message).toBe('round');
});
