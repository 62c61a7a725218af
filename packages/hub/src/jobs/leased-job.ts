import type { Selectable } from 'kysely';
import type { JobTable } from '../db/schema.ts';

export type LeasedJob = Selectable<JobTable> & { token: string };
