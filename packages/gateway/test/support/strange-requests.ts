/** A request in parts, so that a test can bend one of them. */
export type Parts = { line: string; headers: string[]; body: string };

export const plainBody = '{"X":[[1,2]]}';

export const write = ({ line, headers, body }: Parts): string => `${[line, ...headers].join('\r\n')}\r\n\r\n${body}`;

/** A plain POST, with these lines more. */
export const post = (target: string, body = plainBody, ...more: string[]): Parts => ({
  line: `POST ${target} HTTP/1.1`,
  headers: ['Host: 127.0.0.1', ...more, `Content-Length: ${body.length}`],
  body,
});

/** Cuts a text at these shares of its length. */
export function cut(text: string, at: readonly number[]): Buffer[] {
  const bytes = Buffer.from(text, 'latin1');
  const places = [0, ...at.map((share) => Math.floor(share * bytes.length)).sort((a, b) => a - b), bytes.length];
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end));
}

/** Addresses of a release that are hot. */
export const hotTargets = ({ reference, digest }: { reference: string; digest: string }): string[] => [
  `/v1/run/${reference}`,
  `/v1/run/${reference}?proof=1`,
  `/v1/run/${digest}`,
  `/v2/models/${reference}/infer`,
  `/v2/models/${reference.replace('/', '%2F')}/infer?proof=1`,
  `/v2/models/${reference.split('@')[0]}/versions/1.0.0/infer`,
  `/v2/models/${digest}/infer`,
];

/** Addresses that look like it: a router counts, decodes or refuses something in them. */
export const coldTargets = ({ reference }: { reference: string }): string[] => [
  `/v1/run/${reference}?proof=2`,
  `/v1/run/${reference}?`,
  `/v1/run/${reference}?proof=1&proof=1`,
  `/v1/run/${reference}/`,
  `/v1/run/${reference.replace('/', '%2F')}`,
  `/v1//run/${reference}`,
  `/v2/models/${reference}/ready`,
  `/v2/models/${reference}/infer/`,
  `http://127.0.0.1/v1/run/${reference}`,
  `/v1/run/${reference}#x`,
  `/v1/run/${reference};x=1`,
  `/v1/run/${reference}%00`,
  `/v1/run/${reference}%zz`,
  `/v1/run/${'a'.repeat(300)}/b`,
  '/',
  '*',
];

/** Lines that plain clients send, each of another name. */
export const plainLines: string[] = [
  ...['Accept: */*', 'User-Agent: curl/8', 'Content-Type: application/json', 'Connection: keep-alive', 'X:a', 'Y: b'],
  ...['callable-timeout-ms: 5000', 'callable-probe: true', 'callable-confirm: 3', 'callable-copy: no'],
  ...['callable-signature: 0x00', 'X-Forwarded-For: 10.0.0.1', 'traceparent: 00-11-22-01', 'constructor: a'],
];

/** Lines of which one is enough for node:http to read the request: they belong to another way of answering, or to no client. */
export const strangeLines: string[] = [
  ...['content-type: text/', 'content-type: ', 'content-type: multipart/form-data', 'accept: text/event-stream'],
  ...['connection: close', 'connection: Keep-Alive, x', 'connection: upgrade', 'Upgrade: h2c'],
  ...['Expect: 100-continue', 'Origin: http://127.0.0.1', 'Origin: https://elsewhere.example'],
  ...['Host: elsewhere.example', 'Host: 127.0.0.1'],
  ...['Content-Encoding: gzip', 'Transfer-Encoding: chunked', 'Transfer-Encoding: identity', 'TE: trailers'],
  ...['Content-Length: 13', 'Content-Length: 5', 'Content-Length : 13', 'Content_Length: 13', 'content-length: 0'],
  ...[
    'Z: a\tb',
    'Z:\ta',
    'Z: a ',
    'Z:',
    'Z : a',
    ' Z: a',
    'Z: a\r\n b',
    'Z: \u00e9',
    'Z\u00e9: a',
    'Z: a\nV: b',
    'Z: a\rV: b',
  ],
  ...['__proto__: a', 'Keep-Alive: 5', 'Trailer: X', 'Proxy-Connection: close', 'Accept-Version: 2', 'Z: a\0b'],
  ...[`Z: ${'a'.repeat(9000)}`, `Z: ${'a'.repeat(17_000)}`, 'Inference-Header-Content-Length: 0'],
];

/** Requests by what is wrong with them, or merely doubtful. `target` is a hot address, `hidden` a request that a body may hold. */
export function strangeShapes(target: string, hidden: string): Record<string, string> {
  const plain = (body = plainBody, ...more: string[]) => write(post(target, body, ...more));
  const bare = (headers: string[], body = plainBody) => write({ ...post(target), headers, body });
  const host = 'Host: 127.0.0.1';
  return {
    'two lengths': plain(plainBody, 'Content-Length: 5'),
    'two equal lengths': plain(plainBody, 'Content-Length: 13'),
    'two lengths, the longer first': plain('', 'Content-Length: 13') + hidden,
    'a list of lengths': bare([host, 'Content-Length: 13, 13']),
    'a length with a sign': bare([host, 'Content-Length: +13']),
    'a length in hex': bare([host, 'Content-Length: 0xd']),
    'a length with zeros before it': bare([host, 'Content-Length: 0013']),
    'a length beyond what numbers hold': bare([host, 'Content-Length: 18446744073709551629']),
    'no length at all': bare([host]),
    'a length, then chunks': plain(`0\r\n\r\n${hidden}`, 'Transfer-Encoding: chunked'),
    'chunks, then a length': bare([host, 'Transfer-Encoding: chunked', 'Content-Length: 4'], '0\r\n\r\n'),
    'chunks behind a space': plain(`0\r\n\r\n${hidden}`, 'Transfer-Encoding : chunked'),
    'chunks under another letter case': plain('0\r\n\r\n', 'tRANSFER-eNCODING: Chunked'),
    'chunks in a folded line': plain('0\r\n\r\n', 'X: a\r\n Transfer-Encoding: chunked'),
    'chunks behind a lone CR': plain('0\r\n\r\n', 'X: a\rTransfer-Encoding: chunked'),
    'chunks behind a lone LF': plain('0\r\n\r\n', 'X: a\nTransfer-Encoding: chunked'),
    'a length behind a lone LF': bare([host, 'X: a\nContent-Length: 13']),
    'a folded length': bare([host, 'Content-Length:\r\n 13']),
    'a name with a space': plain(plainBody, 'X Y: a'),
    'a name with an underscore': plain(plainBody, 'Content_Length: 2'),
    'lines that end in LF alone': plain().replaceAll('\r\n', '\n'),
    'empty lines before a request': `\r\n\r\n${plain()}`,
    'two hosts': plain(plainBody, 'Host: elsewhere.example'),
    'no host': bare(['Content-Length: 13']),
    'a head of 16 kB': plain(plainBody, `X: ${'a'.repeat(16_000)}`),
    'a hundred headers': plain(plainBody, ...Array.from({ length: 100 }, (_, at) => `X-${at}: a`)),
  };
}

/** Requests that any two readers find alike, though one of them was made to mislead. */
export function nestedShapes(target: string, hidden: string): Record<string, string> {
  const plain = write(post(target));
  return {
    'a request in the body of another': write(post(target, hidden)),
    'a request behind a body that is too short': plain.replace('Length: 13', 'Length: 5') + hidden,
  };
}
