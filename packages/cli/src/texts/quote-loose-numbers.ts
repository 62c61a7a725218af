/**
 * JSON with the bare NaN and Infinity of Python and JavaScript in quotes, as the protocol writes them. What stands in
 * strings stays. Python's `json.dump` writes them bare, and a missing value is what an answer should be tried with.
 */
export function quoteLooseNumbers(text: string): string {
  if (!/NaN|Infinity/.test(text)) return text;
  return text.replace(/"[^"\\]*(?:\\.[^"\\]*)*"|-?\bInfinity\b|\bNaN\b/gs, (part) =>
    part.startsWith('"') ? part : `"${part}"`,
  );
}
