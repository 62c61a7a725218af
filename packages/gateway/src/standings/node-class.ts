import type { NodeClass as ListedClass } from '@callable/protocol';

/** What a gateway may think of a node: what the hub lists, or that it has not joined. Who was caught lying is asked nothing at all. */
export type NodeClass = ListedClass | 'unknown';
