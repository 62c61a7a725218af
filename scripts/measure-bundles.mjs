// How large what a browser loads is: bundled by esbuild for a browser, minified, gzip -9. Exits 1 above a limit.
//   node scripts/measure-bundles.mjs [--of DIRECTORY] [--parts]
// `--of` measures another checkout that is built; `--parts` shows what each bundle is made of.
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const { values } = parseArgs({ options: { of: { type: 'string' }, parts: { type: 'boolean' } } });
const root = values.of ? resolve(values.of) : fileURLToPath(new URL('..', import.meta.url));

const light = "export { createClient, getRelease, runModel, watchRelease } from '@callable/sdk';";
const entries = [
  // 17 until answers named three versions of receipts (the schema of the third has 160 bytes) and problem documents could hold an
  // estimate; 17.2 until funnels had reasons of their own and a call could say that its caller relies on it.
  { name: 'call and watch a release', code: light, kB: 17.6 },
  { name: '… and verify its receipts', code: `${light} export { verifyReceipt } from '@callable/protocol';`, kB: 20 },
  // 22 until segments of calls, gaps of a node and proofs of a call by its number came.
  // 22.6 until figures of usage did: the words in which each number says what it leaves out have 300 bytes. Webhooks have as many.
  { name: 'all of the SDK', code: "export * from '@callable/sdk';", kB: 26 },
];

const inKB = (bytes) => `${(bytes / 1000).toFixed(1).padStart(6)} kB`;

const measured = [];
for (const { name, code, kB } of entries) measured.push({ name, kB, ...(await bundle(code)) });

const width = Math.max(...measured.map(({ name }) => name.length));
for (const { name, kB, minified, gzipped, parts } of measured) {
  const verdict = gzipped > kB * 1000 ? 'TOO LARGE' : 'ok';
  console.log(
    `${name.padEnd(width)}  ${inKB(minified)} minified  ${inKB(gzipped)} gzip  of ${String(kB).padStart(3)} kB  ${verdict}`,
  );
  if (values.parts) for (const [part, bytes] of parts) console.log(`    ${inKB(bytes)}  ${part}`);
}
if (measured.some(({ gzipped, kB }) => gzipped > kB * 1000)) process.exitCode = 1;

async function bundle(code) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: code, resolveDir: resolve(root, 'packages/cli'), loader: 'js' },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    write: false,
    metafile: true,
    logLevel: 'error',
  });
  const { contents } = outputFiles[0];
  const parts = new Map();
  for (const { inputs } of Object.values(metafile.outputs))
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const part = nameOfPart(path);
      parts.set(part, (parts.get(part) ?? 0) + bytesInOutput);
    }
  return {
    minified: contents.length,
    gzipped: gzipSync(contents, { level: 9 }).length,
    parts: [...parts].filter(([, bytes]) => bytes > 0).sort((a, b) => b[1] - a[1]),
  };
}

/** A package of others, or a folder of ours. */
function nameOfPart(path) {
  const other = /node_modules\/(?!@callable\/)((?:@[^/]+\/)?[^/]+)/.exec(path);
  if (other) return other[1];
  const own = /(?:packages|@callable)\/([^/]+)\/(?:dist|src)\/([^/]+)/.exec(path);
  return own ? `${own[1]}/${own[2]}` : path;
}
