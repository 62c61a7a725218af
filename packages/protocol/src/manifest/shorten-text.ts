/** A stranger's text inside a message of ours: never longer than a line, whatever they wrote. */
export function shortenText(text: string): string {
  return text.length <= 80 ? text : `${text.slice(0, 79)}…`;
}
