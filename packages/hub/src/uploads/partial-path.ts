import { join } from 'node:path';
import type { HubContext } from '../context.ts';

/** Where the chunks of a file gather until it is whole. Both parts are hex of ours, so no path can be smuggled in. */
export function partialPath(ctx: Pick<HubContext, 'config'>, upload: string, file: string): string {
  if (!/^[0-9a-f]{32}$/.test(upload) || !/^[0-9a-f]{64}$/.test(file))
    throw new TypeError('An upload and a file are named in hex.');
  return join(ctx.config.dataDir, 'uploads', upload, `${file}.partial`);
}
