import { readFile } from 'node:fs/promises';
import { type CallEncoding, datatypes, parseReceipt, type SignedReceipt, sliceMembers } from '@callable/protocol';
import { Check, type Static, Type } from '@callable/protocol/schema';
import { CliError } from '../errors/cli-error.ts';
import { decodeText } from '../texts/decode-text.ts';
import { splitHeaders } from './split-headers.ts';

const specs = Type.Array(
  Type.Object({
    name: Type.String(),
    datatype: Type.Unsafe<keyof typeof datatypes>(Type.String({ enum: Object.keys(datatypes) })),
    shape: Type.Array(Type.Integer({ minimum: -1 }), { maxItems: 255 }),
  }),
);
const Tensors = Type.Object({ inputs: specs, outputs: specs });
export type Tensors = Static<typeof Tensors>;

/** What a proof says of the tensors, or null where it says nothing that can be used. */
export const tensorsIn = (value: unknown): Tensors | null => (Check(Tensors, value) ? value : null);

/** An answer in a file, as it was saved. Nothing in it is believed: what is missing is null. */
export type SavedAnswer = {
  receipt: SignedReceipt;
  /** The JSON as it stands in the file, so that no number is rounded and bytes can be compared. */
  outputs: Uint8Array | null;
  /** The body as it was sent. */
  request: Uint8Array | null;
  encoding: CallEncoding;
  salt: string | null;
  tensors: Tensors | null;
  /** What the answer says beside the receipt, which signs it too. */
  said: { digest: unknown; node: unknown; release: unknown } | null;
};

const remedy =
  'Keep what callable call --json prints, or what curl gets of a call with ?proof=1, and give that file. A receipt alone is read too.';
/** Its receipt came in a header, and a body saved alone has none of it. */
const remedyOfInfer =
  'An answer of /v2 has its receipt in its headers: save them too (curl -i), or call with ?proof=1 and save what comes.';

/** A receipt alone, or a whole answer of /v1/run or /v2 with the receipt in it or in its head. Throws FileUnreadable or ReceiptInvalid. */
export async function readAnswer(path: string, name: string): Promise<SavedAnswer> {
  const file = await readFile(path).catch((cause: unknown) => {
    throw unreadable(name, cause);
  });
  const { headers, body } = splitHeaders(decodeText(file, name));
  const bytes = new TextEncoder().encode(body);
  const whole = membersOf(bytes, name);
  const proof = membersOf(whole.get('proof') ?? nothing, name);
  const sent = headers.get('callable-receipt');
  const inHeader = sent === undefined ? undefined : Uint8Array.from(Buffer.from(sent, 'base64url'));
  const given = whole.get('receipt') ?? proof.get('receipt') ?? inHeader;
  const receipt = parseReceipt(jsonOf(given ?? bytes, name));
  const outputs = whole.get('outputs');
  if (!receipt)
    throw new CliError('ReceiptInvalid', `${name} holds no receipt.`, outputs?.[0] === 0x5b ? remedyOfInfer : remedy);
  // A receipt of version 2 has members `outputs` and `salt` of its own.
  const alone = given === undefined;
  const inFile = proof.get('salt') ?? whole.get('salt');
  const salt = inFile ? jsonOf(inFile, name) : (headers.get('callable-receipt-salt') ?? null);
  const tensors = jsonOf(proof.get('tensors') ?? nothing, name);
  const parameters = membersOf(whole.get('parameters') ?? nothing, name);
  const said = (member: string) => jsonOf(whole.get(member) ?? parameters.get(member) ?? nothing, name);
  return {
    receipt,
    outputs: alone ? null : (outputs ?? null),
    request: proof.get('request') ?? null,
    encoding: outputs?.[0] === 0x5b ? 'oip' : 'plain',
    salt: !alone && typeof salt === 'string' && /^[0-9a-f]{64}$/.test(salt) ? salt : null,
    tensors: tensorsIn(tensors),
    said: alone ? null : { digest: said('digest'), node: said('node'), release: said('release') },
  };
}

const nothing = new TextEncoder().encode('null');

function membersOf(bytes: Uint8Array, name: string): Map<string, Uint8Array> {
  jsonOf(bytes, name);
  return sliceMembers(bytes) ?? new Map();
}

function jsonOf(bytes: Uint8Array, name: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw unreadable(name, cause);
  }
}

const unreadable = (name: string, cause: unknown) =>
  new CliError('FileUnreadable', `${name} cannot be read as JSON.`, remedy, { cause });
