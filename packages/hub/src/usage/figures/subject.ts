import type { UsageKind } from '@callable/protocol';

/** As the tables name the kinds of figures. */
export const kindCodes = { release: 0, publisher: 1, node: 2, network: 3 } as const satisfies Record<UsageKind, number>;

/** Whose figures: the bytes of a release's digest, of the address of a publisher or a node; none of the network. */
export type Subject = { kind: number; subject: Buffer };

export const networkSubject: Subject = { kind: kindCodes.network, subject: Buffer.alloc(0) };

/** By which a map knows it. */
export const nameOf = ({ kind, subject }: Subject): string => `${kind} ${subject.toString('hex')}`;
