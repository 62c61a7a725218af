import { CallableError, isKeyName, type NoteKey, parseVerifierKey } from '@callable/protocol';
import { locateLogHeads } from './locate-log-heads.ts';

/** A witness this hub asks to cosign its checkpoints. */
export type Witness = { url: string; key: NoteKey };

export type LogConfig = {
  /** The name of the log in its checkpoints; null for `callable/<address of the hub>`. */
  origin: string | null;
  /** Where checkpoint, tiles and entries are written as plain files; null for `log` in the data directory. */
  directory: string | null;
  /** Where the last head is kept outside the data directory; null for nowhere. */
  heads: string | null;
  witnesses: readonly Witness[];
  /** Cosignatures a checkpoint needs before it is published. */
  atLeast: number;
};

export const defaultLogConfig: LogConfig = {
  origin: null,
  directory: null,
  heads: null,
  witnesses: [],
  atLeast: 0,
};

type Env = Readonly<Record<string, string | undefined>>;

/** The log's settings from the environment; throws naming the variable that does not fit. */
export function readLogConfig(env: Env): LogConfig {
  const origin = env['CALLABLE_LOG_ORIGIN'] || null;
  if (origin !== null && !isKeyName(origin))
    throw new CallableError('RequestInvalid', 'CALLABLE_LOG_ORIGIN must be printable and hold no space and no plus.');
  const witnesses = (env['CALLABLE_LOG_WITNESSES'] ?? '').split(',').flatMap(parseWitness);
  const atLeast = Number(env['CALLABLE_LOG_WITNESSES_NEEDED'] ?? witnesses.length);
  if (!Number.isInteger(atLeast) || atLeast < 0 || atLeast > witnesses.length)
    throw new CallableError(
      'RequestInvalid',
      `CALLABLE_LOG_WITNESSES_NEEDED must lie between 0 and the ${witnesses.length} witnesses there are.`,
    );
  return { origin, directory: env['CALLABLE_LOG_DIR'] || null, heads: locateLogHeads(env), witnesses, atLeast };
}

/** `URL VKEY`: where the witness is asked and the key it signs with. */
function parseWitness(text: string): Witness[] {
  if (text.trim() === '') return [];
  const [url = '', vkey = ''] = text.trim().split(/\s+/);
  const key = parseVerifierKey(vkey);
  if (!URL.canParse(url) || !key)
    throw new CallableError(
      'RequestInvalid',
      'CALLABLE_LOG_WITNESSES is a list of "URL VERIFIER-KEY", separated by commas.',
    );
  return [{ url: url.replace(/\/+$/, ''), key }];
}
