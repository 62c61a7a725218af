import type { Patience } from '../http/try-again.ts';

export type S3Settings = {
  /** Such as `https://s3.eu-central-1.amazonaws.com` or `http://127.0.0.1:9000`. */
  endpoint: string;
  bucket: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  /** The bucket in the path instead of the host name; what most servers other than Amazon's want. Default true. */
  pathStyle?: boolean;
  /** Put before every key, such as `blobs/`. */
  prefix?: string;
  /** Bytes sent at once; a put holds up to three such parts in memory. At least 5 MiB, default 8 MiB. */
  partBytes?: number;
  /** A server that is silent for so long is given up, milliseconds. Default 30 s. */
  idleMs?: number;
  patience?: Patience;
  clock?: () => number;
  fetch?: typeof fetch;
};

/** Of S3: a smaller part is refused unless it is the last. */
const leastPartBytes = 5 * 2 ** 20;

export function completeSettings(settings: S3Settings): Required<S3Settings> {
  const partBytes = settings.partBytes ?? 8 * 2 ** 20;
  if (!Number.isInteger(partBytes) || partBytes < leastPartBytes)
    throw new TypeError(`A part has at least ${leastPartBytes} bytes.`);
  return {
    pathStyle: true,
    prefix: '',
    idleMs: 30_000,
    patience: { attempts: 5, pauseMs: 200, random: Math.random },
    clock: Date.now,
    fetch: globalThis.fetch,
    ...settings,
    partBytes,
  };
}
