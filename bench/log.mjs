// Appends to the log per second, with every file synced, by batch size, as a ratio to bare synced writes of the same
// bytes in the same run. Run after `npm run build`: node bench/log.mjs [seconds per measurement]
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTlog } from '../packages/hub/dist/log/directory/tlog.js';
import { writeFiles } from '../packages/hub/dist/log/directory/write-files.js';
import { appendEntry, partialFiles, signHead } from '../packages/hub/dist/log/grow-log.js';
import { hashBytes } from '../packages/hub/dist/log/hash-bytes.js';
import { createPrivateKey, GrowingTree, signStatement } from '../packages/protocol/dist/index.js';

const seconds = Number(process.argv[2] ?? 3);
const work = mkdtempSync(join(tmpdir(), 'callable-bench-log-'));
const key = createPrivateKey((length) => randomBytes(length));
const statement = signStatement(
  { kind: 'handle.claimed', subject: 'bench', body: { handle: 'bench' }, issuedAt: Date.now() },
  key,
);
const row = { logged_at: Date.now(), content: JSON.stringify(statement) };
const config = { dataDir: work, log: { origin: 'bench', directory: null, witnesses: [], atLeast: 0 } };
const ctx = { tlog: await openTlog(config, 'bench') };

try {
  console.log(
    `${'batch'.padStart(6)} ${'appends/s'.padStart(10)} ${'bare/s'.padStart(10)} ${'ratio'.padStart(6)} files/head  p50 ms`,
  );
  for (const batch of [1, 16, 256, 1024]) {
    // In turns, so that whatever else the machine does falls on both.
    const log = makeLog(batch);
    const bare = makeBare(batch);
    for (let round = 0; round < 4; round++) {
      await log.run(seconds / 4);
      await bare.run(seconds / 4, log.bytesPerHead());
    }
    const [a, b] = [log.rate(), bare.rate()];
    console.log(
      `${String(batch).padStart(6)} ${a.toFixed(0).padStart(10)} ${b.toFixed(0).padStart(10)} ${(a / b).toFixed(2).padStart(6)} ${log.filesPerHead().toFixed(1).padStart(10)} ${log.median().toFixed(1).padStart(7)}`,
    );
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** The hub's own writing of heads, without its database: entries, tiles, checkpoint, all synced. */
function makeLog(batch) {
  const edge = { tree: new GrowingTree(hashBytes), bundle: [] };
  const directory = join(work, `log-${batch}`);
  const times = [];
  let [files, bytes] = [0, 0];
  return {
    async run(forSeconds) {
      const end = performance.now() + 1000 * forSeconds;
      while (performance.now() < end) {
        const startedAt = performance.now();
        const before = edge.tree.size;
        const written = [];
        for (let i = 0; i < batch; i++) written.push(...appendEntry(edge, row));
        written.push(...partialFiles(edge, before));
        await writeFiles(directory, written);
        const { note } = await signHead(ctx, edge);
        const checkpoint = { path: 'checkpoint', bytes: Buffer.from(note) };
        await writeFiles(directory, [checkpoint]);
        times.push(performance.now() - startedAt);
        files += written.length + 1;
        bytes += [...written, checkpoint].reduce((sum, file) => sum + file.bytes.length, 0);
      }
    },
    rate: () => (1000 * batch * times.length) / times.reduce((a, b) => a + b),
    median: () => [...times].sort((a, b) => a - b)[times.length >> 1],
    filesPerHead: () => files / times.length,
    bytesPerHead: () => Math.round(bytes / times.length),
  };
}

/** The least a durable log could do: the same bytes appended to one open file, one sync for each batch. */
function makeBare(batch) {
  let [count, spent] = [0, 0];
  return {
    async run(forSeconds, size) {
      const file = await open(join(work, `bare-${batch}`), 'a');
      const bytes = Buffer.alloc(size, 1);
      const startedAt = performance.now();
      while (performance.now() < startedAt + 1000 * forSeconds) {
        await file.writeFile(bytes);
        await file.sync();
        count += batch;
      }
      spent += performance.now() - startedAt;
      await file.close();
    },
    rate: () => (1000 * count) / spent,
  };
}
