import type { CallEncoding, Manifest } from '@callable/protocol';
import { isOneDocument } from './is-one-document.ts';
import { isOneJsonValue } from './is-one-json-value.ts';
import { oipExample } from './oip-example.ts';

/** What a gateway must know of one encoding; the values in it only a node reads. */
export type Encoding = {
  /** Of an answer, as a door says it. */
  contentType: string;
  /** Whether these bytes may be copied into an answer of ours as they are: a stranger wrote them. */
  isSpliceable(body: Uint8Array): boolean;
  /** Whether these bytes may be one of the pieces of an answer, and pass an event stream as they are. */
  isPiece(piece: Uint8Array): boolean;
  /** A body that fits the inputs of a release, from its inputs as plain JSON. */
  example(inputs: Record<string, unknown>, manifest: Manifest): unknown;
};

const json = 'application/json; charset=utf-8';

/** One row per encoding. A binary one splices nothing: its rows say `isSpliceable: () => false`, its door sends bytes. */
export const encodingTable: Record<CallEncoding, Encoding> = {
  plain: {
    contentType: json,
    isSpliceable: (body) => isOneJsonValue(body, '{'),
    isPiece: (piece) => isOneDocument(piece, '{'),
    example: (inputs) => inputs,
  },
  oip: {
    contentType: json,
    isSpliceable: (body) => isOneJsonValue(body, '['),
    isPiece: (piece) => isOneDocument(piece, '['),
    example: oipExample,
  },
};
