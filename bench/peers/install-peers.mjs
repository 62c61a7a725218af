import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { env, run } from '../support/clone-ref.mjs';

/** The ONNX Runtime of each is that of the network here. */
const common = ['onnxruntime==1.30.0', 'numpy==2.4.6'];
/** Their pins exclude each other, so each lives in an environment of its own. */
const packages = {
  fastapi: ['fastapi==0.165.0', 'uvicorn[standard]==0.54.0', ...common],
  mlserver: ['mlserver==1.7.1', ...common],
  kserve: ['kserve==0.21.0', ...common],
};

/** Some machines name a core type for old builds of OpenBLAS, which makes a current numpy slow. */
export const peerEnv = Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('OPENBLAS_')));

/**
 * The Python of a peer with all it needs. The first time it is installed, for minutes and some 400 MB; later it is taken
 * from the cache.
 */
export async function installPeer(name) {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const place = join(cache, 'callable-bench', `${name}-${packages[name][0].replaceAll(/[^a-z0-9.]/g, '-')}`);
  const python = join(place, 'bin', 'python');
  const done = join(place, 'installed');
  if (existsSync(done)) return python;
  await rm(place, { recursive: true, force: true });
  await mkdir(place, { recursive: true });
  console.log(`installing ${packages[name].join(', ')} into ${place} …`);
  await run('python3', ['-m', 'venv', place], { env: peerEnv });
  await run(python, ['-m', 'pip', 'install', '-q', ...packages[name]], { env: peerEnv, maxBuffer: 1e8 });
  await writeFile(done, '');
  return python;
}
