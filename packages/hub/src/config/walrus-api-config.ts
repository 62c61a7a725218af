import { walrusPartBytes } from '@callable/storage';

/** How this hub plays a Walrus publisher and aggregator over its own store. */
export type WalrusApiConfig = {
  /** 1000 gives the IDs of both public networks; another number those of a testbed of that size. */
  shards: number;
  /** The length of an epoch, milliseconds; epochs are counted from 1970. */
  epochMs: number;
  /** Bytes of one blob that may be put. At most 128 MiB: what is larger is put in parts. */
  blobBytes: number;
  /** Bytes that strangers may have stored here by `PUT /v1/blobs`, all of them together. */
  totalBytes: number;
  /** Of these, bytes that may have come from one network address. */
  senderBytes: number;
  /** Blobs that one network address may put in a minute. */
  senderPutsPerMinute: number;
  /** Blobs put at the same time; further ones are told to come again. */
  parallel: number;
  /** Of these, blobs of one network address. */
  senderParallel: number;
  /** How long after it is stored the blob IDs of a release are computed: its way to the first call goes first. */
  identifyAfterMs: number;
};

export const defaultWalrusApiConfig: WalrusApiConfig = {
  shards: 1000,
  epochMs: 24 * 3600_000,
  blobBytes: walrusPartBytes,
  totalBytes: 16 * 2 ** 30,
  senderBytes: 2 * 2 ** 30,
  senderPutsPerMinute: 240,
  parallel: 8,
  senderParallel: 6,
  identifyAfterMs: 20_000,
};

/** As on Walrus: nothing is bought for longer. */
export const maxEpochs = 53;
