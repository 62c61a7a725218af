import type { PlainHead } from './plain-head.ts';

/** Longer heads, and ones with more lines, are the library's to take or to refuse. */
const mostBytes = 8 * 1024;
const mostLines = 64;

const end = Buffer.from('\r\n\r\n');
const start = Buffer.from('POST /');

/** One way to write each, so that there is one way to read it. Nothing here matches CR or LF, obs-text, or a tab. */
const requestLine = /^POST (\/[!-"$-~]*) HTTP\/1\.1$/;
const headerName = /^[A-Za-z][A-Za-z0-9-]*$/;
const headerValue = /^ ?([!-~](?:[ -~]*[!-~])?)$/;
const contentLength = /^[1-9][0-9]{0,9}$/;

/** What changes how a request or its connection is read, and what stands for one of them at some parser. */
const unusualHeaders = new Set([
  'transfer-encoding',
  'trailer',
  'te',
  'expect',
  'upgrade',
  'http2-settings',
  'proxy-connection',
  'keep-alive',
]);

/**
 * Reads the head at the beginning of `bytes`: of a POST in HTTP/1.1 with one Content-Length, one Host, and a connection that
 * stays. 'partial' is one of which more has to come, 'unusual' is everything else, whether it is valid or not.
 *
 * attack: two readers of one connection that disagree where a request ends let one caller put words in the mouth of
 * the next. What node:http could read otherwise is not read here at all: names and values of one shape, each name once,
 * no folded line, no lone CR or LF, a length of plain digits without a zero before them.
 */
export function readPlainHead(bytes: Buffer): PlainHead | 'partial' | 'unusual' {
  const known = Math.min(bytes.length, start.length);
  if (bytes.compare(start, 0, known, 0, known) !== 0) return 'unusual';
  const at = bytes.indexOf(end);
  if (at < 0) return bytes.length > mostBytes ? 'unusual' : 'partial';
  if (at > mostBytes) return 'unusual';
  const lines = bytes.toString('latin1', 0, at).split('\r\n');
  const target = requestLine.exec(lines[0] ?? '')?.[1];
  const headers = lines.length > mostLines || target === undefined ? null : readHeaders(lines);
  if (!headers || target === undefined) return 'unusual';
  const { host, connection, 'content-length': length } = headers;
  if (host === undefined || length === undefined || !contentLength.test(length)) return 'unusual';
  if (connection !== undefined && connection.toLowerCase() !== 'keep-alive') return 'unusual';
  return { target, headers, length: Number(length), size: at + end.length };
}

function readHeaders(lines: readonly string[]): Record<string, string> | null {
  const headers = new Map<string, string>();
  for (let index = 1; index < lines.length; index++) {
    const line = lines[index] ?? '';
    const colon = line.indexOf(':');
    const written = line.slice(0, Math.max(0, colon));
    const value = headerValue.exec(line.slice(colon + 1))?.[1];
    if (value === undefined || !headerName.test(written)) return null;
    const name = written.toLowerCase();
    if (headers.has(name) || unusualHeaders.has(name)) return null;
    headers.set(name, value);
  }
  return Object.fromEntries(headers);
}
