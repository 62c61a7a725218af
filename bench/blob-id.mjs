/**
 * What the Walrus blob ID of a file costs beside the sha256 of the same bytes, in seconds of CPU.
 * Run: npx tsc -b packages/storage && node bench/blob-id.mjs [MiB …]
 * CPU time is that of all threads of this process, so it hardly depends on what else the machine does.
 */
import { createHash, randomBytes } from 'node:crypto';
import { computeBlobIds } from '@callable/storage';

const mib = 2 ** 20;
const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [0.001, 1, 20, 100];
const piece = randomBytes(mib);

async function* piecesOf(size) {
  for (let left = size; left > 0; left -= mib) yield piece.subarray(0, Math.min(left, mib));
}

async function measure(work) {
  const [cpu, wall] = [process.cpuUsage(), performance.now()];
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return { cpu: (user + system) / 1e6, wall: (performance.now() - wall) / 1e3 };
}

for (const size of sizes.map((count) => Math.max(1, Math.round(count * mib)))) {
  let peak = 0;
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 20);
  const id = await measure(() => computeBlobIds(piecesOf(size), size));
  clearInterval(watch);
  // Often enough to be measured.
  const rounds = Math.ceil((256 * mib) / size / 8);
  const sha = await measure(async () => {
    for (let round = 0; round < Math.min(rounds, 20_000); round++) {
      const hash = createHash('sha256');
      for await (const part of piecesOf(size)) hash.update(part);
      hash.digest();
    }
  });
  const shaCpu = sha.cpu / Math.min(rounds, 20_000);
  console.log(
    [
      `${(size / mib).toFixed(3).padStart(9)} MiB`,
      `blob ID ${id.cpu.toFixed(2)} s CPU (${id.wall.toFixed(1)} s wall)`,
      `sha256 ${(shaCpu * 1e3).toFixed(3)} ms`,
      `ratio ${Math.round(id.cpu / shaCpu)}`,
      `peak RSS ${Math.round(peak / mib)} MiB`,
    ].join('   '),
  );
}
