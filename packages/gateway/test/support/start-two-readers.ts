import { addressOf, type OpenReceipts, openReceiptSession, type PrivateKey, zeroBytes32 } from '@callable/protocol';
import { createReleaseView, createTestNode, randomKey } from '@callable/stand-ins';
import type { GatewayConfig } from '../../src/config.ts';
import { startTestGateway } from './start-test-gateway.ts';

/** Two gateways that answer the same call with the same bytes: one reads plain calls itself, one reads all by node:http. */
export async function startTwoReaders(config: Partial<GatewayConfig> = {}) {
  const release = createReleaseView();
  const node = createTestNode([release], {
    announcement: { slots: { used: 0, limit: 64 } },
    answer: async (_, head, body) => {
      const said = { echo: Buffer.from(body).toString() };
      const bytes = new TextEncoder().encode(JSON.stringify(head.encoding === 'oip' ? [said] : said));
      const times = { startedAt: now - 1, finishedAt: now };
      return { head: node.sign(release, head, bytes, { ...times, salt: zeroBytes32 }), body: bytes };
    },
  });
  const key = randomKey();
  // Whatever depends on time, chance or the order of calls is the same for both.
  const overrides = { clock: () => now, random: (length: number) => new Uint8Array(length).fill(7) };
  const nodes = [{ ...node, openReceipts: receiptsAlike(node.key) }];
  const start = (ownReader: boolean) =>
    startTestGateway({ releases: [release], nodes, config: { key, ownReader, ...config }, overrides });
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

const now = 1_800_000_000_000;

/** Real batches, of one answer each and as though it were the first of all: the same answer has the same receipt, on any link. */
const receiptsAlike =
  (key: PrivateKey): OpenReceipts =>
  (gateway, onBatch) => ({
    add(facts, given) {
      const [session, clock] = ['5e'.repeat(32), () => now];
      openReceiptSession({ key, session, gateway, clock, afterTick: setImmediate, onBatch }).add(facts, given);
    },
    end: () => {},
  });

const portOf = (url: string) => Number(new URL(url).port);
