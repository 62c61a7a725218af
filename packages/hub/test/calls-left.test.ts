import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BatchOfCalls, encodeSegment } from '@callable/protocol';
import { reportBatches } from '@callable/stand-ins';
import { expect, it } from 'vitest';
import { playCalls, totals } from './play-calls.ts';
import { createTestPlace, startTestHub } from './start-test-hub.ts';

const long = { timeout: 20_000 };
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

it('what an end left between file and database is taken in at the start; half a file is not, and nothing counts twice', async () => {
  await using place = await createTestPlace();
  let left: BatchOfCalls;
  const incoming = join(place.path, 'log', 'incoming');
  {
    await using hub = await startTestHub({ place });
    const { batch } = await playCalls(hub);
    await reportBatches(hub.client(hub.ctx.key), [batch(2)]);
    left = batch(3);
  }
  const bytes = encodeSegment({ failures: [], batches: [left] });
  await mkdir(incoming, { recursive: true });
  await writeFile(join(incoming, sha256(bytes)), bytes);
  const half = sha256(Buffer.from('half'));
  await writeFile(join(incoming, half), bytes.subarray(0, 100));
  await using hub = await startTestHub({ place });
  await expect.poll(() => totals(place), long).toEqual({ counted: 5, filed: 5 });
  // Its gateway was told nothing, and sends it again.
  expect(await reportBatches(hub.client(hub.ctx.key), [left])).toEqual({ filed: 0, known: 1, refused: {} });
  expect(await totals(place)).toEqual({ counted: 5, filed: 5 });
  const under = () =>
    place.database.db.selectFrom('segment').select('file').where('file', 'like', 'receipts/%').execute();
  await expect.poll(under, long).toHaveLength(2);
  for (const { file } of await under()) expect(await readFile(join(place.path, 'log', file ?? ''))).toBeDefined();
});
