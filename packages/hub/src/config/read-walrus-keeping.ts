import { CallableError, chunkBytes, ownMember } from '@callable/protocol';
import { walrusPartBytes } from '@callable/storage';
import { maxEpochs } from './walrus-api-config.ts';

/** The epochs of a Walrus network, which it tells nobody over HTTP: all equally long. */
export type WalrusNetwork = {
  /** Mainnet's last 14 days, testnet's one; milliseconds. */
  epochMs: number;
  /** When epoch 0 would have begun, milliseconds since 1970. */
  zeroMs: number;
};

/** How this hub keeps its own files on Walrus. */
export type WalrusKeepingConfig = {
  /** Base URL of the publisher, which pays. Files are read through the aggregators of the hub. */
  publisher: string;
  /** For how many epochs a file is bought and renewed. */
  epochs: number;
  network: WalrusNetwork;
  partBytes: number;
  /** What the publisher checks tokens with; null when it asks for none. */
  tokenSecret: Uint8Array | null;
};

type Environment = Readonly<Record<string, string | undefined>>;

/** One to be used up before it is renewed, one to renew in, and one for a publisher that is down in that one. */
const minEpochs = 3;
const hourMs = 3600_000;

/** Null without CALLABLE_WALRUS_PUBLISHER; throws naming the variable that is missing beside it or does not fit. */
export function readWalrusKeeping(env: Environment): WalrusKeepingConfig | null {
  const publisher = env['CALLABLE_WALRUS_PUBLISHER'];
  if (!publisher) return null;
  if (env['CALLABLE_S3_BUCKET'])
    throw refusal('CALLABLE_S3_BUCKET and CALLABLE_WALRUS_PUBLISHER are both set, but files are kept in one place.');
  const need = (name: string) => {
    const value = ownMember(env, name);
    if (!value) throw refusal(`CALLABLE_WALRUS_PUBLISHER is set, so ${name} must be set too.`);
    return value;
  };
  need('CALLABLE_WALRUS_AGGREGATORS');
  const epochMs = Number(need('CALLABLE_WALRUS_EPOCH_HOURS')) * hourMs;
  if (!(epochMs > 0 && Number.isSafeInteger(epochMs)))
    throw refusal('CALLABLE_WALRUS_EPOCH_HOURS is not a number of hours: 336 on mainnet, 24 on testnet.');
  return {
    publisher: readPublisher(publisher),
    epochs: readNumber(env, 'CALLABLE_WALRUS_EPOCHS', { usual: 10, min: minEpochs, max: maxEpochs }),
    network: { epochMs, zeroMs: readEpoch(need('CALLABLE_WALRUS_EPOCH'), epochMs) },
    partBytes: readPart(env),
    tokenSecret: readSecret(env['CALLABLE_WALRUS_JWT_SECRET']),
  };
}

/** Addresses stand in logs and errors: no password may be in one. The value is not repeated for the same reason. */
function readPublisher(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^https?:$/.test(url.protocol))
    throw refusal('CALLABLE_WALRUS_PUBLISHER is not the URL of a publisher.');
  if (url.username !== '' || url.password !== '' || url.search !== '')
    throw refusal('CALLABLE_WALRUS_PUBLISHER takes no credentials and no query; use CALLABLE_WALRUS_JWT_SECRET.');
  return text;
}

/** `34@2026-01-01T00:00:00Z`, both as `walrus info` prints them. */
function readEpoch(text: string, epochMs: number): number {
  const [, epoch, time] = /^(\d{1,9})@(\d{4}-\d\d-\d\dT.+Z)$/.exec(text) ?? [];
  const startMs = Date.parse(time ?? '');
  if (Number.isNaN(startMs))
    throw refusal('CALLABLE_WALRUS_EPOCH is an epoch and when it began, like 34@2026-01-01T00:00:00Z.');
  return startMs - Number(epoch) * epochMs;
}

function readPart(env: Environment): number {
  const name = 'CALLABLE_WALRUS_PART_MIB';
  const mib = 2 ** 20;
  const bytes = readNumber(env, name, { usual: walrusPartBytes / mib, min: 4, max: walrusPartBytes / mib }) * mib;
  if (bytes % chunkBytes !== 0) throw refusal(`${name} is not a multiple of 4.`);
  return bytes;
}

/** As the publisher's own option: text, or bytes in hex after 0x. */
function readSecret(text: string | undefined): Uint8Array | null {
  if (!text) return null;
  if (!text.startsWith('0x')) return Buffer.from(text);
  if (!/^0x([0-9a-fA-F]{2})+$/.test(text)) throw refusal('CALLABLE_WALRUS_JWT_SECRET begins with 0x but is not hex.');
  return Buffer.from(text.slice(2), 'hex');
}

function readNumber(env: Environment, name: string, range: { usual: number; min: number; max: number }): number {
  const value = Number(ownMember(env, name) || range.usual);
  if (!Number.isInteger(value) || value < range.min || value > range.max)
    throw refusal(`${name} is a whole number from ${range.min} to ${range.max}.`);
  return value;
}

const refusal = (message: string) => new CallableError('RequestInvalid', message);
