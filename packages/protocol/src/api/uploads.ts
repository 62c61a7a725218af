import { chunkBytes, manifestLimits } from '../manifest/limits.ts';
import { sha256Hex } from '../schema/fields.ts';
import { type Static, Type } from '../schema/type.ts';

/** POST /v1/uploads: every file by its hashes; the answer says which chunks are not here yet. */
export const UploadRequest = Type.Object(
  {
    files: Type.Array(
      Type.Object(
        {
          size: Type.Integer({ minimum: 0, maximum: manifestLimits.fileBytes }),
          sha256: sha256Hex,
          chunks: Type.Array(sha256Hex, { maxItems: manifestLimits.fileBytes / chunkBytes }),
        },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: manifestLimits.files },
    ),
  },
  { additionalProperties: false },
);
export type UploadRequest = Static<typeof UploadRequest>;

export const UploadView = Type.Object({
  id: Type.String(),
  chunkBytes: Type.Integer(),
  /** Chunks still to send, by file. Empty when everything has arrived. */
  missing: Type.Array(Type.Object({ file: sha256Hex, index: Type.Integer(), sha256: sha256Hex, size: Type.Integer() })),
  expiresAt: Type.String(),
});
export type UploadView = Static<typeof UploadView>;
