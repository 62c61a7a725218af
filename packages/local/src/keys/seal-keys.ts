import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { CallableError } from '@callable/protocol';
import type { SavedKeys } from './key-places.ts';

type Cost = { N: number; r: number; p: number };

/** Keys under a passphrase; everything that opens them but the passphrase stands beside. Bytes are in hex. */
export type SealedKeys = {
  kdf: Cost & { name: 'scrypt'; salt: string };
  cipher: { name: 'aes-256-gcm'; iv: string; tag: string };
  data: string;
};

/** OWASP's cost for scrypt in its form of 64 MiB: 0.5 s on one core, once for a backup. */
const cost: Cost = { N: 2 ** 16, r: 8, p: 2 };
/** A backup from a stranger must not make scrypt take all memory. */
const mostCost: Cost = { N: 2 ** 20, r: 16, p: 16 };

/** Encrypts keys with AES-256-GCM under a key that scrypt makes of a passphrase. */
export async function sealKeys(keys: SavedKeys, passphrase: string): Promise<SealedKeys> {
  const kdf = { name: 'scrypt', ...cost, salt: randomBytes(16).toString('hex') } as const;
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', await deriveKey(passphrase, kdf), iv).setAAD(headOf(kdf));
  const data = Buffer.concat([cipher.update(JSON.stringify(keys)), cipher.final()]).toString('hex');
  return {
    kdf,
    cipher: { name: 'aes-256-gcm', iv: iv.toString('hex'), tag: cipher.getAuthTag().toString('hex') },
    data,
  };
}

/** The keys again. Throws PassphraseWrong, also for keys that were changed: the two cannot be told apart. */
export async function openKeys(sealed: SealedKeys, passphrase: string): Promise<SavedKeys> {
  try {
    const { N, r, p } = sealed.kdf;
    if (!(N <= mostCost.N && r <= mostCost.r && p <= mostCost.p)) throw new Error('It costs too much to open.');
    const key = await deriveKey(passphrase, sealed.kdf);
    const opened = createDecipheriv('aes-256-gcm', key, Buffer.from(sealed.cipher.iv, 'hex'), { authTagLength: 16 })
      .setAAD(headOf(sealed.kdf))
      .setAuthTag(Buffer.from(sealed.cipher.tag, 'hex'));
    const text = Buffer.concat([opened.update(Buffer.from(sealed.data, 'hex')), opened.final()]);
    return JSON.parse(text.toString()) as SavedKeys;
  } catch (cause) {
    throw new CallableError('PassphraseWrong', undefined, { cause });
  }
}

const headOf = (kdf: SealedKeys['kdf']) => Buffer.from(JSON.stringify({ of: 'callable backup keys', ...kdf }));

const derive = promisify<string, Buffer, number, object, Buffer>(scrypt);

/** Composed characters: the same passphrase typed on another system is other bytes. */
const deriveKey = (passphrase: string, { N, r, p, salt }: SealedKeys['kdf']): Promise<Buffer> =>
  derive(passphrase.normalize('NFKC'), Buffer.from(salt, 'hex'), 32, { N, r, p, maxmem: 256 * N * r });
