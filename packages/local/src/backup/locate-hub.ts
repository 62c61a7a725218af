import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { CallableError } from '@callable/protocol';
import type { BackupManifest } from './backup-manifest.ts';

export type HubPlace = { layout: BackupManifest['layout']; hubDir: string; nodeDir: string | null };

/** Where the parts of a data directory lie. */
export const placesIn = (dataDir: string, layout: BackupManifest['layout']): HubPlace =>
  layout === 'network'
    ? { layout, hubDir: join(dataDir, 'hub'), nodeDir: join(dataDir, 'node') }
    : { layout, hubDir: dataDir, nodeDir: null };

/** Of `callable up`, whose hub is one folder deeper, or of a hub alone. */
export async function locateHub(dataDir: string): Promise<HubPlace> {
  for (const layout of ['network', 'hub'] as const) {
    const place = placesIn(dataDir, layout);
    const isHub = await access(join(place.hubDir, 'hub-key')).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'EACCES') throw error;
        return false;
      },
    );
    if (isHub) return place;
  }
  throw new CallableError('HubDataMissing', `${dataDir} holds no hub: there is no hub-key.`);
}
