import { join } from 'node:path';
import type { HubContext } from '../context.ts';

/** Where calls that nodes have shown wait for their auditors. */
export const shownCalls = ({ config }: Pick<HubContext, 'config'>) => join(config.dataDir, 'audits');

export const shownCallPath = (ctx: Pick<HubContext, 'config'>, receipt: string) =>
  join(shownCalls(ctx), `${receipt}.call`);
