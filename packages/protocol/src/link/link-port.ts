/** Where the frames of a session go: a WebSocket, or the other end itself in a test. */
export type LinkPort = {
  /** One whole message; in order, or the port closes. */
  send(bytes: Uint8Array): void;
  /** Sends what it holds back for a better moment, where it does. */
  flush?(): void;
  /** Asks the other end for a sign of life below the level of frames: every build of a node answers that. */
  ping?(): void;
  /** Ends the connection; nothing is sent afterwards. */
  close(reason: string): void;
};
