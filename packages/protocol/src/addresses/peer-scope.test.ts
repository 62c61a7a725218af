import { describe, expect, test } from 'vitest';
import { allowsPeer, parsePeerUrl, scopeOfHost } from './peer-scope.ts';

describe('the URL of a peer', () => {
  test('is http or https, a host and a port', () => {
    expect(parsePeerUrl('http://127.0.0.1:4700')).toBe('http://127.0.0.1:4700');
    expect(parsePeerUrl('https://node.example/')).toBe('https://node.example');
    expect(parsePeerUrl('https://node.example:80')).toBe('https://node.example:80');
    expect(parsePeerUrl('http://node.example:1024')).toBe('http://node.example:1024');
  });

  test.each([
    'ftp://node.example',
    'file:///etc/passwd',
    'http://node.example/admin',
    'http://node.example/?delete=1',
    'http://user:secret@node.example',
    'http://node.example/#x',
    'nonsense',
    'http://mail.example:25',
    'https://files.example:1023',
    `http://${'a'.repeat(300)}.example`,
  ])('attack: %s is refused', (text) => {
    expect(parsePeerUrl(text)).toBeNull();
  });
});

describe('where a host leads', () => {
  test.each([
    ['8.8.8.8', 'public'],
    ['node.example', 'name'],
    ['[2606:4700::1111]', 'public'],
    ['127.9.9.9', 'loopback'],
    ['localhost', 'loopback'],
    ['a.localhost.', 'loopback'],
    ['[::1]', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['[::ffff:7f00:1]', 'loopback'],
    ['10.1.2.3', 'private'],
    ['172.31.0.1', 'private'],
    ['192.168.0.1', 'private'],
    ['100.100.100.200', 'private'],
    ['[fd00::1]', 'private'],
    ['::ffff:10.0.0.1', 'private'],
    ['64:ff9b::a00:1', 'private'],
    ['169.254.169.254', 'never'],
    ['[::ffff:169.254.169.254]', 'never'],
    ['0.0.0.0', 'never'],
    ['[::]', 'never'],
    ['[fe80::1]', 'never'],
    ['[ff02::1]', 'never'],
    ['[2002:7f00:1::]', 'never'],
    ['[::7f00:1]', 'never'],
    ['255.255.255.255', 'never'],
    ['1:2:3', 'never'],
  ])('%s is %s', (host, scope) => {
    expect(scopeOfHost(host)).toBe(scope);
  });

  test('attack: a number in another notation is the address it is', () => {
    expect(allowsPeer('private', 'http://0x7f.1:80')).toBe(false);
    expect(allowsPeer('private', 'http://2130706433')).toBe(false);
    expect(allowsPeer('loopback', 'http://2130706433')).toBe(true);
  });

  test('each scope includes the farther ones, and none the metadata of a cloud', () => {
    expect(allowsPeer('public', 'http://10.0.0.1')).toBe(false);
    expect(allowsPeer('private', 'http://10.0.0.1')).toBe(true);
    expect(allowsPeer('loopback', 'http://10.0.0.1')).toBe(true);
    expect(allowsPeer('public', 'http://8.8.8.8')).toBe(true);
    expect(allowsPeer('loopback', 'http://169.254.169.254')).toBe(false);
  });
});
