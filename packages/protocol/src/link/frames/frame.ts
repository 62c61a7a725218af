/** Kinds of frames, in the order in which a link uses them. Numbers are part of the protocol. */
export const frameTypes = {
  /** Gateway to node, first of all: random bytes to sign. */
  CHALLENGE: 1,
  /** Node to gateway: who it is, signed. */
  HELLO: 2,
  /** Gateway to node: accepted. */
  WELCOME: 3,
  /** Node to gateway, in pieces: what it holds. Also its heartbeat. */
  ANNOUNCE: 4,
  /** Gateway to node: its heartbeat. */
  PING: 5,
  /** Gateway to node: head and first piece of a call. */
  CALL: 6,
  /** Node to gateway: head and first piece of the answer. */
  ANSWER: 7,
  /** A further piece of either. */
  DATA: 8,
  /** The receiver has taken so many bytes: as many more may follow. */
  CREDIT: 9,
  /** Gateway to node: nobody waits for this answer any more. */
  CANCEL: 10,
  /** The link ends, and why. */
  BYE: 11,
  /**
   * Node to gateway, before ANSWER and only where the call takes pieces: a part of one; `end` ends the piece. The first of a
   * stream begins with the 32 bytes of the salt of the answer.
   */
  PIECE: 12,
  /** Gateway to node: it takes less than the node announces, and why. The link goes on. */
  NOTICE: 13,
  /** Node to gateway, before the answers in it: a signed header and the receipts under it. */
  BATCH: 14,
  /** Either way: several frames in one message, each after its length as u32. */
  PACK: 15,
} as const;

export type FrameType = keyof typeof frameTypes;

/** `type u8, stream u32, flags u8, payload`, big-endian. Stream 0 is the link itself. */
export type Frame = { type: FrameType; stream: number; end: boolean; payload: Uint8Array };

export const frameHeadBytes = 6;
export const endFlag = 1;
