import type { Snapshot } from '../src/index.ts';

/** Every table as it is in the snapshot, in memory. */
export async function saveDatabase(snapshot: Snapshot) {
  const bytes: Map<string, Buffer> = new Map();
  const tables = [];
  for (const table of snapshot.tables) {
    const rows = snapshot.readTable(table);
    const pieces: Buffer[] = [];
    for (;;) {
      const { done, value } = await rows.next();
      if (done) {
        tables.push({ ...table, rows: value });
        break;
      }
      pieces.push(value);
    }
    bytes.set(table.name, Buffer.concat(pieces));
  }
  const { migrations, sequences } = snapshot;
  const read = async function* ({ name }: { name: string }) {
    yield bytes.get(name) ?? Buffer.of();
  };
  return { saved: { migrations, sequences, tables, read }, bytes };
}
