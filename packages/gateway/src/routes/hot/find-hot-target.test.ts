import { expect, test } from 'vitest';
import { findHotTarget } from './find-hot-target.ts';

const find = (target: string, headers: Record<string, string> = {}) =>
  findHotTarget({ target, headers, length: 1, size: 100 });

test('attack: an address that is plain but for its last sign costs no more than another', () => {
  for (const part of ['a', '%2F', 'a%2f', '/a'])
    for (const length of [28, 60, 390]) {
      const target = `/v1/run/${part.repeat(length)}`.slice(0, length);
      const startedAt = performance.now();
      expect(find(`${target}!`)).toBe(null);
      expect(performance.now() - startedAt).toBeLessThan(50);
    }
});

test('a call is hot by its address, in the one way that routers read it', () => {
  expect(find('/v1/run/a/b@1')).toEqual({ kind: 'run', reference: 'a/b@1', proof: false });
  expect(find('/v1/run/a/b?proof=1')).toEqual({ kind: 'run', reference: 'a/b', proof: true });
  const model = `0x${'ab'.repeat(20)}/double`;
  const infer = { kind: 'infer', reference: `${model}@1.0.0`, model, proof: true };
  expect(find(`/v2/models/${model.replace('/', '%2F')}/versions/1.0.0/infer?proof=1`)).toEqual(infer);
  for (const target of [
    '/v1/run/a/',
    '/v1/run//a',
    '/v1/run/a/b/c',
    '/v1/run/a?',
    '/v1/runs/a',
    '/v2/models/a/b',
    '/v3/a',
  ])
    expect([target, find(target)]).toEqual([target, null]);
  expect(find(`/v1/run/${'a'.repeat(151)}`)).toBe(null);
  expect(find(`/v1/run/${'a/'.repeat(200)}a`)).toBe(null);
});

test.each<[string, Record<string, string>]>([
  ['of a page', { origin: 'http://127.0.0.1' }],
  ['whose body is compressed', { 'content-encoding': 'identity' }],
  ['of binary tensors', { 'inference-header-content-length': '0' }],
  ['that asks for a version of a route', { 'accept-version': '1' }],
  ['that takes events', { accept: 'application/json, Text/Event-Stream' }],
  ['of a type that the framework may refuse', { 'content-type': 'text/' }],
])('a call %s is not hot', (_name, headers) => {
  expect(find('/v1/run/a/b', headers)).toBe(null);
  expect(find('/v1/run/a/b')).not.toBe(null);
});
