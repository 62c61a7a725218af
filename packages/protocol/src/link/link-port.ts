/** Where the frames of a session go: a WebSocket, or the other end itself in a test. */
export type LinkPort = {
  /** One whole message; in order, or the port closes. */
  send(bytes: Uint8Array): void;
  /** Ends the connection; nothing is sent afterwards. */
  close(reason: string): void;
};
