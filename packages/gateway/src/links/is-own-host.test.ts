import { expect, test } from 'vitest';
import { isOwnHost } from './is-own-host.ts';

const local = '127.0.0.1:4600';

test.each([
  ['no public URL, loopback', local, local, [], true],
  ['no public URL, another port than was dialled', '127.0.0.1:1', local, [], false],
  ['attack: no public URL, a name the header repeats', 'gateway.example', 'gateway.example', [], false],
  ['attack: a name that only begins like loopback', '127.0.0.1.evil.example', '127.0.0.1.evil.example', [], false],
  ['a public URL', 'gateway.example', 'x', ['https://gateway.example'], true],
  ['attack: behind a public URL, loopback by header', local, local, ['https://gateway.example'], false],
  ['a loopback URL under its other name', 'localhost:4600', 'localhost:4600', ['http://127.0.0.1:4600'], true],
])('%s', (_name, host, header, urls, own) => {
  expect(isOwnHost(host, header, urls)).toBe(own);
});
