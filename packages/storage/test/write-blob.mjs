import { createHash } from 'node:crypto';
import { LocalBlobStore } from '@callable/storage';

/** Stores a blob of so many sevens; with `stall` it says so when half is written and then waits to be killed. */
const [root, size, stall] = process.argv.slice(2);
const bytes = Buffer.alloc(Number(size), 7);
const id = createHash('sha256').update(bytes).digest('hex');

async function* pieces() {
  yield bytes.subarray(0, bytes.length / 2);
  if (stall) {
    process.stdout.write('half\n');
    await new Promise((resolve) => setTimeout(resolve, 60_000));
  }
  yield bytes.subarray(bytes.length / 2);
}

await new LocalBlobStore(root).put(id, bytes.length, pieces());
