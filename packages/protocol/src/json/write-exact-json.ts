import { writeNumber } from './write-number.ts';

/**
 * JSON text of a value in which no number is rounded or lost: BigInt as its digits, typed arrays as arrays, numbers as
 * `writeNumber` has them. All else is as JSON.stringify writes it. `readExactJson` reads it back.
 */
export function writeExactJson(value: unknown): string {
  if (typeof value === 'number') return writeNumber(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value) || (ArrayBuffer.isView(value) && 'length' in value))
    return `[${Array.from(value as ArrayLike<unknown>, writeExactJson).join()}]`;
  if ('toJSON' in value) return JSON.stringify(value);
  const members = Object.entries(value).flatMap(([name, member]) =>
    member === undefined ? [] : `${JSON.stringify(name)}:${writeExactJson(member)}`,
  );
  return `{${members.join()}}`;
}
