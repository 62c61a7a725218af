import { expect, test } from 'vitest';
import { parseModelPath } from './parse-model-path.ts';

const digest = `sha256:${'ab'.repeat(32)}`;

test.each([
  ['acme/iris', 'acme/iris', 'acme/iris', 'metadata'],
  ['acme/iris/ready', 'acme/iris', 'acme/iris', 'ready'],
  ['acme/iris/infer', 'acme/iris', 'acme/iris', 'infer'],
  ['acme%2Firis/infer', 'acme/iris', 'acme/iris', 'infer'],
  ['acme%2Firis/versions/1.0.0/infer', 'acme/iris', 'acme/iris@1.0.0', 'infer'],
  ['acme/iris/versions/1.0.0', 'acme/iris', 'acme/iris@1.0.0', 'metadata'],
  ['acme/iris@1.0.0/infer', 'acme/iris@1.0.0', 'acme/iris@1.0.0', 'infer'],
  ['acme/infer/infer', 'acme/infer', 'acme/infer', 'infer'],
  ['acme/ready', 'acme/ready', 'acme/ready', 'metadata'],
  ['acme/versions/versions/2.0.0/ready', 'acme/versions', 'acme/versions@2.0.0', 'ready'],
  [`${digest}/infer`, digest, digest, 'infer'],
])('%s', (tail, model, reference, action) => {
  expect(parseModelPath(tail)).toEqual({ model, reference, action });
});

test.each([
  '',
  'acme',
  'acme/iris/',
  'acme//infer',
  'acme/iris/versions',
  'acme/iris/versions//infer',
  'acme/iris/train',
  'acme/iris/infer/infer',
  'acme/iris@1.0.0/versions/1.0.0/infer',
  '%zz/iris',
  '../iris/infer',
  'acme/iris/versions/latest/infer',
  `${digest}/versions/1.0.0/infer`,
])('%j is no model', (tail) => {
  expect(parseModelPath(tail)).toBeNull();
});
