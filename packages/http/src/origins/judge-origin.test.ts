import { expect, test } from 'vitest';
import { judgeOrigin } from './judge-origin.ts';
import { parsePublicUrls } from './parse-public-urls.ts';

const here = '127.0.0.1:4600';
const codeOf = (host: string | undefined, origin?: string, publicUrls: string[] = []) =>
  judgeOrigin({ host, origin }, publicUrls)?.code ?? 'served';

test.each([here, 'localhost', 'LOCALHOST:4600', 'localhost.:4600', 'hub.localhost:4600', '127.9.8.7', '[::1]:4600'])(
  'a server without a public URL answers to %s',
  (host) => expect(codeOf(host)).toBe('served'),
);

test.each([
  ...['rebound.example:4600', 'localhost.example', '127.0.0.1.example:4600', '10.0.0.7:4600', '0.0.0.0:4600'],
  ...['[::]:4600', '[fe80::1]:4600', 'x@127.0.0.1:4600', 'x/127.0.0.1', '', '127.0.0.1:4600:1'],
])('DNS rebinding: a name that merely leads here is not answered to: %s', (host) =>
  expect(codeOf(host)).toBe('HostNotServed'),
);

test.each(['http://localhost:5173', 'https://localhost', 'http://127.0.0.1:4600', 'http://[::1]:3000'])(
  'a page of this machine may call: %s',
  (origin) => expect(codeOf(here, origin)).toBe('served'),
);

test.each([
  ...['https://page.example', 'http://localhost.example', 'http://0.0.0.0:4600', 'http://192.168.1.2', 'null', ''],
  ...['file://localhost', 'chrome-extension://localhost', 'javascript:localhost'],
])('a page of another origin may not: %s', (origin) => expect(codeOf(here, origin)).toBe('OriginNotServed'));

test('programs send no Origin, and HTTP/1.0 ones no Host', () => {
  expect(codeOf(undefined)).toBe('served');
});

test('a public URL opens a server to every name and every page; one of this machine does not', () => {
  expect(codeOf('hub.example', 'https://page.example', ['https://hub.example'])).toBe('served');
  expect(codeOf('10.0.0.7', 'null', ['http://localhost:4600', 'https://hub.example'])).toBe('served');
  expect(codeOf(here, 'https://page.example', ['http://localhost:4600'])).toBe('OriginNotServed');
});

test('public URLs are base URLs, and a setting that holds something else says which', () => {
  expect(parsePublicUrls('X')).toEqual([]);
  expect(parsePublicUrls('X', ' https://Hub.example/ ,http://10.0.0.7:80, ')).toEqual([
    'https://hub.example',
    'http://10.0.0.7',
  ]);
  for (const wrong of ['hub.example', 'ftp://hub.example', 'https://hub.example/path', 'https://a:b@hub.example'])
    expect(() => parsePublicUrls('CALLABLE_HUB_PUBLIC_URLS', wrong)).toThrow(/CALLABLE_HUB_PUBLIC_URLS is base URLs/);
});
