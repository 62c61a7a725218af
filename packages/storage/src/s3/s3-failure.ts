import { CallableError, ownMember } from '@callable/protocol';

/** What an S3 server answered instead of success. */
export class S3Failure extends Error {
  readonly status: number;
  /** Amazon's word for it, such as NoSuchKey; empty when it gave none. */
  readonly code: string;

  constructor(doing: string, status: number, body: string) {
    const code = elementOf(body, 'Code') ?? '';
    const message = elementOf(body, 'Message') ?? body.slice(0, 200);
    super(`The S3 server answered ${status} ${code} to ${doing}: ${message}`);
    this.name = 'S3Failure';
    this.status = status;
    this.code = code;
  }
}

/** Whether the same request may succeed a little later; what no server answered may too. */
export function mayPass(error: unknown): boolean {
  if (!(error instanceof S3Failure)) return true;
  return error.status >= 500 ? error.status !== 507 && error.status !== 501 : error.status === 429;
}

/** The error of ours for one of an S3 server; anything unknown is passed on as it is. */
export function translateS3Error(error: unknown): unknown {
  const isFull = error instanceof S3Failure && (error.status === 507 || /StorageFull|QuotaExceeded/.test(error.code));
  return isFull ? new CallableError('DiskFull', undefined, { cause: error }) : error;
}

/** The text of the first such element: all that is ever needed of S3's XML, so no parser reads what strangers send. */
export function elementOf(xml: string, name: string): string | null {
  const found = new RegExp(`<${name}>([^<]{0,2000})</${name}>`).exec(xml)?.[1];
  return found?.replace(/&(amp|lt|gt|quot|apos|#34|#39);/g, (entity) => ownMember(entities, entity) ?? entity) ?? null;
}

const entities: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
  '&#34;': '"',
  '&#39;': "'",
};
