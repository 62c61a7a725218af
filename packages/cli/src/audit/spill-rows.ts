import { appendFileSync, createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { UsageCaller, UsageHour, UsageWord } from '@callable/protocol';

export type SpilledRow = { hour: UsageHour } | { caller: UsageCaller } | { word: UsageWord };
/** Rows of one day, in parts of which each holds whole networks: a voice is of one network, and sums of parts add up. */
export type Spill = {
  add(day: number, row: SpilledRow): void;
  days(): number[];
  /** The parts of a day, each to be read once. */
  parts(day: number): AsyncIterable<SpilledRow>[];
};

const partsOfDay = 16;
/** Characters of all parts together before they are written: no part has a file open. */
const mostHeld = 8 << 20;

/** Rows in files of a directory that is somebody else's to remove. */
export function openSpill(directory: string): Spill {
  const held = new Map<string, string[]>();
  const written = new Set<string>();
  const days = new Set<number>();
  let characters = 0;
  const write = () => {
    for (const [name, lines] of held) {
      appendFileSync(join(directory, name), lines.join(''));
      written.add(name);
    }
    held.clear();
    characters = 0;
  };
  return {
    add(day, row) {
      days.add(day);
      const name = `${day}-${partOf(row)}`;
      const line = `${JSON.stringify(row)}\n`;
      const lines = held.get(name);
      if (lines) lines.push(line);
      else held.set(name, [line]);
      characters += line.length;
      if (characters > mostHeld) write();
    },
    days: () => [...days].sort((a, b) => a - b),
    parts(day) {
      write();
      return Array.from({ length: partsOfDay }, (_, part) => `${day}-${part}`)
        .filter((name) => written.has(name))
        .map((name) => readRows(join(directory, name)));
    },
  };
}

/** As voices are told apart: where no gateway says a network, all are one. Hours have none, and go by release. */
function partOf(row: SpilledRow): number {
  if ('hour' in row) return Number.parseInt(row.hour.release.slice(0, 4) || '0', 16) % partsOfDay;
  const { tag } = 'word' in row ? row.word : row.caller;
  return Number.parseInt(tag.slice(0, 4) || '0', 16) % partsOfDay;
}

async function* readRows(path: string): AsyncIterable<SpilledRow> {
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY }))
    yield JSON.parse(line) as SpilledRow;
}
