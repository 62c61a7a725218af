/**
 * Text of a stranger, safe to print on a terminal: one line, without control characters (escape sequences move
 * the cursor, retitle the window, answer keystrokes), without the characters that reverse reading order, and short.
 */
export function cleanText(text: string, maxLength = 2000): string {
  const clean = text.replaceAll(/\s+/g, ' ').replaceAll(unsafe, '');
  return clean.length > maxLength ? `${clean.slice(0, maxLength - 1)}…` : clean;
}

/** C0, DEL, C1 (0x9b alone begins a sequence in some terminals), bidirectional overrides, lone surrogates. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose.
const unsafe = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;
