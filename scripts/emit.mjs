// Makes JavaScript of the sources that changed, one file of each, with esbuild: about a second for the whole tree. Types
// are not looked at here; `npm run build` has them checked. Plain Node until esbuild is needed: it runs before there is any.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** What decides how each file is emitted: when one of these changes, all are emitted again. */
const recipe = ['scripts/emit.mjs', 'tsconfig.base.json', 'package-lock.json'];

/** Whether every source has its output, made of it as it is now. */
export function isEmitted(root) {
  return findStale(root, look(root)).isFresh;
}

/** Emits what is stale. Throws an Error with what esbuild said. Only one process may do so at a time. */
export async function emit(root) {
  const now = look(root);
  const { isFresh, sources } = findStale(root, now);
  if (isFresh) return;
  removeStaleOutput(root);
  const { build } = await import('esbuild');
  await build({
    absWorkingDir: root,
    entryPoints: sources.map((path) => ({ in: path, out: outputOf(path).replace(/\.js$/, '') })),
    outdir: root,
    // A bundle of one file each: only so may a plugin name what is imported.
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'silent',
    sourcemap: true,
    sourcesContent: false,
    treeShaking: false,
    external: ['#*'],
    packages: 'external',
    plugins: [keepImports],
  });
  await bundlePackages(root, sources, build);
  // Of the sources as they were before: what changed meanwhile is emitted next time.
  writeFileSync(stampOf(root), JSON.stringify(now));
}

// In node_modules, so that it goes when they go.
const stampOf = (root) => join(root, 'node_modules', '.callable-emitted.json');
const outputOf = (source) => source.replace('/src/', '/dist/').replace(/\.ts$/, '.js');

/** Size and time of every source, and a hash of the recipe. */
function look(root) {
  const hash = createHash('sha256');
  const sources = {};
  for (const path of recipe) hash.update(readFileSync(join(root, path)));
  for (const directory of packagesOf(root)) {
    hash.update(readFileSync(join(directory, 'package.json')));
    for (const path of filesBelow(join(directory, 'src')).filter(isSource)) {
      const { size, mtimeMs } = statSync(path);
      sources[relative(root, path).split(sep).join('/')] = `${size} ${mtimeMs}`;
    }
  }
  return { recipe: hash.digest('hex'), sources };
}

function findStale(root, now) {
  const before = readStamp(root);
  const all = before.recipe !== now.recipe;
  const sources = Object.keys(now.sources).filter(
    (path) => all || before.sources[path] !== now.sources[path] || !existsSync(join(root, outputOf(path))),
  );
  const gone = Object.keys(before.sources).some((path) => now.sources[path] === undefined);
  const isBundled = packagesOf(root).every((directory) => bundlesOf(directory).every((path) => existsSync(path)));
  return { sources, isFresh: sources.length === 0 && !gone && isBundled };
}

function readStamp(root) {
  try {
    return JSON.parse(readFileSync(stampOf(root), 'utf8'));
  } catch {
    return { recipe: null, sources: {} };
  }
}

/** Each file stays a file: what it imports is named as Node will find it, and not taken in. */
const keepImports = {
  name: 'keep-imports',
  setup: (build) =>
    build.onResolve({ filter: /^\./ }, ({ kind, path }) =>
      kind === 'entry-point' ? null : { path: path.replace(/\.ts$/, '.js'), external: true },
    ),
};

/**
 * What package.json has Node load from `dist/node/` is the same path of `dist/`, bundled: a process that opens one file
 * instead of 250 spends a quarter of a second less. Browsers and whoever measures bundles see the single files.
 */
function bundlesOf(directory) {
  const { exports = {}, imports = {} } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  return [...Object.values(exports), ...Object.values(imports)]
    .map((target) => target.node)
    .filter((target) => target?.startsWith('./dist/node/'))
    .map((target) => join(directory, target));
}

/** Bundles of packages of which a source or a bundle is stale. What two of them share is in a file that both import. */
async function bundlePackages(root, sources, build) {
  for (const directory of packagesOf(root)) {
    const bundles = bundlesOf(directory);
    if (bundles.length === 0) continue;
    const folder = `${relative(root, directory).split(sep).join('/')}/`;
    if (!sources.some((path) => path.startsWith(folder)) && bundles.every((path) => existsSync(path))) continue;
    const [dist, outdir] = [join(directory, 'dist'), join(directory, 'dist', 'node')];
    rmSync(outdir, { recursive: true, force: true });
    await build({
      entryPoints: bundles.map((path) => join(dist, relative(outdir, path))),
      outbase: dist,
      outdir,
      bundle: true,
      splitting: true,
      chunkNames: 'shared/[hash]',
      format: 'esm',
      platform: 'node',
      target: 'node20',
      logLevel: 'silent',
      sourcemap: true,
      sourcesContent: false,
      plugins: [takeIn(root)],
    });
  }
}

/** Libraries of many files, or of one that holds far more than is used: bundled too, and only what is used of them. */
const takenIn = ['kysely', '@noble/curves', '@noble/hashes', 'canonicalize', 'hash-wasm'];

/** Every other import of a package stays one: it holds native code, state that all must share, or finds files beside it. */
const takeIn = (root) => ({
  name: 'take-in',
  setup({ onResolve }) {
    // What Node would load of it is CommonJS, which esbuild takes as a whole: every algorithm, 280 kB.
    onResolve({ filter: /^hash-wasm$/ }, () => ({ path: join(root, 'node_modules/hash-wasm/dist/index.esm.js') }));
    onResolve({ filter: /^[^./]/ }, ({ path, kind }) => {
      const isTaken = takenIn.some((name) => path === name || path.startsWith(`${name}/`));
      return kind === 'entry-point' || isTaken ? undefined : { path, external: true };
    });
  },
});

/** Output of sources that are gone would still be found by an import that should fail. */
function removeStaleOutput(root) {
  for (const directory of packagesOf(root)) {
    const dist = join(directory, 'dist');
    const hasBundles = bundlesOf(directory).length > 0;
    for (const file of filesBelow(dist)) {
      if (hasBundles && relative(dist, file).startsWith(`node${sep}`)) continue;
      const [, stem] = /^(.*?)(?:\.d\.ts|\.js)(?:\.map)?$/.exec(relative(dist, file)) ?? [];
      if (stem !== undefined && !existsSync(join(directory, 'src', `${stem}.ts`))) rmSync(file);
    }
  }
}

function packagesOf(root) {
  return readdirSync(join(root, 'packages'))
    .map((name) => join(root, 'packages', name))
    .filter((directory) => existsSync(join(directory, 'tsconfig.json')));
}

const isSource = (path) => /(?<!\.test|\.d)\.ts$/.test(path);

function filesBelow(directory) {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}
