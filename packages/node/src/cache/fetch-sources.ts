import type { Address, ChunkSet } from '@callable/protocol';

/** The hub: what is taken from it without a lease others take too. */
export type Hub = { readonly kind: 'hub' };

/** Another node that has chunks of the file, by the hub's word and its own. */
export type Peer = Standing & { readonly kind: 'peer'; readonly node: Address; readonly url: string; have: ChunkSet };

/** A Walrus aggregator, by the operator's word. */
export type Aggregator = Standing & { readonly kind: 'aggregator'; readonly url: string };

export type FetchSource = Hub | Peer | Aggregator;

/** How a source has done so far at this file. */
type Standing = { inFlight: number; failures: number; busyUntil: number };

/** What a source did instead of sending the right bytes. */
export type Failure = 'busy' | 'lacks' | 'broken' | 'lied';

export const newStanding = (): Standing => ({ inFlight: 0, failures: 0, busyUntil: 0 });
