export type Fence = {
  /** What stands behind the opening backticks. */
  info: string;
  /** The line of the file on which the block opens, from 1. */
  line: number;
  code: string;
};

/** The fenced blocks of a Markdown text, in order. Throws where one does not end. */
export function readFences(markdown: string): Fence[] {
  const fences: Fence[] = [];
  let open: (Fence & { marker: string }) | null = null;
  for (const [at, text] of markdown.split('\n').entries()) {
    const [, marker, info] = /^ {0,3}(`{3,})\s*(.*)$/.exec(text) ?? [];
    if (open === null) {
      if (marker !== undefined) open = { marker, info: (info ?? '').trim(), line: at + 1, code: '' };
    } else if (marker !== undefined && marker.length >= open.marker.length && info === '') {
      const { marker: _, ...fence } = open;
      fences.push(fence);
      open = null;
    } else open.code += `${text}\n`;
  }
  if (open) throw new Error(`The block that opens on line ${open.line} does not end.`);
  return fences;
}
