import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ServerUser } from '../process/server-user.ts';
import { copyEngine } from './copy-engine.ts';
import type { Engine } from './engine.ts';
import { findBundledEngine } from './find-bundled-engine.ts';
import { listSystemEngines } from './list-system-engines.ts';

export interface EngineRequest {
  /** Where a bundled engine is installed, if the server's user can execute what lies there. */
  readonly engineDir: string;
  readonly user: ServerUser | undefined;
  /** Major version of the existing cluster: another one cannot read it. */
  readonly major: number | undefined;
  readonly log: (line: string) => void;
}

/** Where root installs the engine when the server's user cannot enter the data directory: data that can be made anew. */
const SHARED_ENGINE_DIR = '/var/cache/callable/engine';

/**
 * Finds PostgreSQL: the bundled one, else the newest installed one; the version of existing data decides.
 *
 * @throws one sentence with the remedy when there is none.
 */
export async function chooseEngine(request: EngineRequest): Promise<Engine> {
  const bundled = await findBundledEngine();
  if (bundled && fits(bundled.major, request.major)) {
    try {
      const binDir = await copyEngine(bundled, await chooseEngineDir(request));
      return { binDir, major: bundled.major, version: bundled.version };
    } catch (error) {
      request.log(`${error instanceof Error ? error.message : String(error)} Looking for an installed one.`);
    }
  }
  const installed = (await listSystemEngines()).find((engine) => fits(engine.major, request.major));
  if (installed) return installed;
  throw new Error(
    request.major === undefined
      ? 'No PostgreSQL found: install version 15 or newer, or set DATABASE_URL to the address of one.'
      : `The data was written by PostgreSQL ${request.major}, which is not installed here: install that version, or set DATABASE_URL.`,
  );
}

function fits(major: number, wanted: number | undefined): boolean {
  return wanted === undefined || wanted === major;
}

async function chooseEngineDir({ engineDir, user }: EngineRequest): Promise<string> {
  return user === undefined || (await canEnter(engineDir, user)) ? engineDir : SHARED_ENGINE_DIR;
}

/** Directories that do not exist yet will be made by us, open to everyone. */
async function canEnter(path: string, user: ServerUser): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (found) {
    const shift = found.uid === user.uid ? 6 : found.gid === user.gid ? 3 : 0;
    if (((found.mode >> shift) & 1) === 0) return false;
  }
  const parent = dirname(path);
  return parent === path ? true : canEnter(parent, user);
}
