import { type Checkpoint, formatCheckpoint } from './checkpoint.ts';
import { formatNote, fromBase64, type NoteKey, noteKeyId, parseNote, toBase64 } from './signed-note.ts';

/** In which header a hub says the head of its log, and others say the later one they saw. */
export const toldHeadHeader = 'callable-log-head';

/** The head of a log in one line: whose key, how many entries, the root and the signature over them; none is checked. */
export type ToldHead = { keyId: string; size: number; root: Uint8Array; signature: Uint8Array };

/** `<key hash> <size> <root> <signature>`, at most 160 characters; null when that key did not sign the note. */
export function formatToldHead(
  note: string,
  { size, root }: Pick<Checkpoint, 'size' | 'root'>,
  key: NoteKey,
): string | null {
  const keyId = noteKeyId(key);
  const signed = parseNote(note)?.signatures.find((one) => one.name === key.name && one.keyId === keyId);
  return signed ? `${keyId} ${size} ${toBase64(root)} ${toBase64(signed.signature)}` : null;
}

/** The head in such a line; null for anything else. */
export function parseToldHead(line: string): ToldHead | null {
  const parts = /^([0-9a-f]{8}) (0|[1-9][0-9]{0,15}) ([A-Za-z0-9+/]{43}=) ([A-Za-z0-9+/]{86}==)$/.exec(line);
  const size = Number(parts?.[2]);
  const root = fromBase64(parts?.[3] ?? '');
  const signature = fromBase64(parts?.[4] ?? '');
  if (!parts || !Number.isSafeInteger(size) || root?.length !== 32 || signature?.length !== 64) return null;
  return { keyId: parts[1] as string, size, root, signature };
}

/** The signed note that such a line shortens, if it is about the log of this name. */
export function noteOfToldHead({ keyId, size, root, signature }: ToldHead, name: string): string {
  return formatNote({ text: formatCheckpoint({ origin: name, size, root }), signatures: [{ name, keyId, signature }] });
}
