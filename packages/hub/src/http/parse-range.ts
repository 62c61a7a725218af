/** One range of bytes, `end` exclusive; null for all of them; `none` where it asks for bytes that are not there. */
export type AskedRange = { start: number; end: number } | 'none' | null;

/**
 * A Range header by RFC 9110 §14.2: what is no single range of bytes is passed over, and the whole is sent. A download that
 * is resumed at its end asks for nothing that is there.
 */
export function parseRange(header: string | undefined, size: number): AskedRange {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/i.exec(header?.trim() ?? '') ?? [];
  if (first === '' && last === '') return null;
  if (first === '') {
    const start = Math.max(0, size - Number(last));
    return start < size ? { start, end: size } : 'none';
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return null;
  if (start >= size) return 'none';
  return { start, end: last === '' ? size : Math.min(size, Number(last) + 1) };
}
