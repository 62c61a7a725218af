import { join } from 'node:path';
import type { HubConfig } from '../../config/hub-config.ts';

type UploadsPlace = { config: Pick<HubConfig, 'dataDir'> };

/** The directory in which the bytes of an upload gather. */
export function uploadDirectory(ctx: UploadsPlace, upload: string): string {
  if (!/^[0-9a-f]{32}$/.test(upload)) throw new TypeError('An upload is named in hex.');
  return join(uploadsDirectory(ctx), upload);
}

export const uploadsDirectory = (ctx: UploadsPlace) => join(ctx.config.dataDir, 'uploads');

/** Where the chunks of a file gather until it is whole. Both parts are hex of ours, so no path can be smuggled in. */
export function partialPath(ctx: UploadsPlace, upload: string, file: string): string {
  if (!/^[0-9a-f]{64}$/.test(file)) throw new TypeError('A file is named in hex.');
  return join(uploadDirectory(ctx, upload), `${file}.partial`);
}

/** Where the pieces of one chunk gather until its hash is known. */
export const piecesPath = (
  ctx: UploadsPlace,
  { upload, file, index }: { upload: string; file: string; index: number },
) => `${partialPath(ctx, upload, file)}.${index}.pieces`;
