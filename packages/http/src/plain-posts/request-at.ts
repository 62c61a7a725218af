import type { Server } from 'node:http';
import type { Socket } from 'node:net';

type RequestAt = (socket: Socket) => { complete: boolean } | null;

const readers = new WeakMap<object, RequestAt>();

/** Lets whoever closes a server know what its own reader is at. */
export const noteReader = (server: Server, requestAt: RequestAt): void => void readers.set(server, requestAt);

/** The request that a connection is at, where it is read without node:http; whether it has arrived whole. */
export const requestAt = (server: object, socket: Socket): { complete: boolean } | null =>
  readers.get(server)?.(socket) ?? null;
