/** What either end of a link accepts from the other, who is a stranger. Sizes in bytes, times in milliseconds. */
export type LinkLimits = {
  /** Unread body bytes of one stream that may be under way. */
  windowBytes: number;
  /** Body bytes of one frame, so that a large body does not keep small ones waiting. */
  pieceBytes: number;
  headBytes: number;
  /** A hello, a challenge, a farewell: everything before the peer has proved who it is. */
  greetingBytes: number;
  bodyBytes: number;
  announcementBytes: number;
  /** Releases that a node may hold here. */
  holdings: number;
  /** Calls under way at once. */
  streams: number;
  /** Bodies of all streams together, while they are held. */
  heldBytes: number;
  /** Announcements at once; refilled at one every `announcementMs`. */
  announcements: number;
  announcementMs: number;
  /** Both ends speak at least this often; one that was silent three times as long is dead. */
  heartbeatMs: number;
  /** How often a gateway looks whether a node that calls wait for still speaks. */
  watchMs: number;
};

export const linkLimits: LinkLimits = {
  windowBytes: 256 * 1024,
  pieceBytes: 64 * 1024,
  headBytes: 64 * 1024,
  greetingBytes: 4 * 1024,
  bodyBytes: 64 * 1024 * 1024,
  announcementBytes: 1024 * 1024,
  holdings: 50_000,
  streams: 256,
  heldBytes: 256 * 1024 * 1024,
  announcements: 60,
  announcementMs: 90,
  heartbeatMs: 10_000,
  watchMs: 200,
};

/** The largest message of a link: the WebSocket refuses anything above it before it is in memory. */
export const linkMessageBytes = linkLimits.headBytes + linkLimits.pieceBytes + 64;

/** Beats a peer may miss before it is taken for dead. */
export const missedBeats = 3;
