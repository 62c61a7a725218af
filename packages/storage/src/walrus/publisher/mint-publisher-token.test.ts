import { createHmac } from 'node:crypto';
import { expect, it } from 'vitest';
import { mintPublisherToken } from './mint-publisher-token.ts';

const secret = Buffer.from('a secret of the publisher');
const mint = () => mintPublisherToken(secret, { size: 100, epochs: 3 }, { nowMs: 1_700_000_000_999, lifeSeconds: 60 });
const decode = (part: string | undefined) => JSON.parse(Buffer.from(part ?? '', 'base64url').toString());

it('mints a signed token for one blob and one attempt', () => {
  const [head, claims, signature] = mint().split('.');
  expect(decode(head)).toEqual({ alg: 'HS256', typ: 'JWT' });
  expect(decode(claims)).toEqual({
    jti: expect.any(String),
    iat: 1_700_000_000,
    exp: 1_700_000_060,
    max_size: 100,
    max_epochs: 3,
  });
  expect(signature).toBe(createHmac('sha256', secret).update(`${head}.${claims}`).digest('base64url'));
  expect(decode(mint().split('.')[1]).jti).not.toBe(decode(claims).jti);
});
