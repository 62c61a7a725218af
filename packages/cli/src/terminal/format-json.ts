import { writeExactJson } from '@callable/protocol';

/**
 * JSON that is also safe on a terminal: what JSON.stringify leaves as it is (DEL, C1, direction marks) is
 * written as an escape, which every JSON reader understands the same. Without an indent no number is rounded.
 */
export function formatJson(value: unknown, indent = 0): string {
  return (indent === 0 ? writeExactJson(value) : JSON.stringify(value, null, indent)).replaceAll(
    /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
