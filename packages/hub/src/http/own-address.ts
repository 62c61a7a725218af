import type { Server } from 'node:http';

/** Before the path of a Unix socket or a named pipe. */
export const socketScheme = 'unix:';

/** Where this very process listens: what it reads there comes the way everybody's bytes come. */
export class OwnAddress {
  readonly #servers = new Set<Server>();

  /** The hub's API is on this server, which may begin to listen later. */
  add(server: Server): void {
    this.#servers.add(server);
    server.once('close', () => this.#servers.delete(server));
  }

  /** The base URL to reach it at from here, or `unix:` and the path of a socket; null while it does not listen. */
  url(): string | null {
    for (const server of this.#servers) {
      const found = server.address();
      if (found === null) continue;
      if (typeof found === 'string') return `${socketScheme}${found}`;
      // Listening everywhere is nothing to dial.
      const host = found.address === '::' ? '::1' : found.address === '0.0.0.0' ? '127.0.0.1' : found.address;
      return `http://${host.includes(':') ? `[${host}]` : host}:${found.port}`;
    }
    return null;
  }
}
