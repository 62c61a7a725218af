import { addressOf } from '@callable/protocol';
import { createReleaseView, createTestNode, randomKey, type TestNode } from '@callable/stand-ins';
import type { GatewayConfig } from '../../src/config.ts';
import { startTestGateway } from './start-test-gateway.ts';

/** Two gateways that answer the same call with the same bytes: one reads plain calls itself, one reads all by node:http. */
export async function startTwoReaders(config: Partial<GatewayConfig> = {}) {
  const release = createReleaseView();
  const node: TestNode = createTestNode([release], {
    announcement: { slots: { used: 0, limit: 64 } },
    answer: async (_, head, body) => {
      const isTensors = head.encoding === 'oip';
      const said = new TextEncoder().encode(
        JSON.stringify(isTensors ? [{ echo: body.length }] : { echo: body.length }),
      );
      return { head: node.sign(release, head, said, { seq: 0 }), body: said };
    },
  });
  const key = randomKey();
  // Whatever depends on time, chance or the order of calls is the same for both.
  const overrides = {
    clock: () => 1_800_000_000_000,
    random: (length: number) => new Uint8Array(length).fill(7),
    // The same call has the same receipt, again and again.
    receipts: { remember: () => true },
  };
  const start = async (ownReader: boolean) =>
    startTestGateway({ releases: [release], nodes: [node], config: { key, ownReader, ...config }, overrides });
  const [own, library] = await Promise.all([start(true), start(false)]);
  return {
    release,
    gateway: addressOf(key),
    ports: { own: portOf(own.url), library: portOf(library.url) },
    own,
    library,
    async [Symbol.asyncDispose]() {
      await Promise.all([own[Symbol.asyncDispose](), library[Symbol.asyncDispose]()]);
    },
  };
}

const portOf = (url: string) => Number(new URL(url).port);
