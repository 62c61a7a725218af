import { type Static, Type } from '../schema/type.ts';

const digest = Type.String({
  description: 'A digest: sha256: and 64 lower-case hex digits.',
  examples: [`sha256:${'ab'.repeat(32)}`],
});

/** /v1/run/{publisher}/{nameAtVersion} */
export const NamedReleasePath = Type.Object({
  publisher: Type.String({ description: 'An address or a handle.', examples: [`0x${'ab'.repeat(20)}`] }),
  nameAtVersion: Type.String({
    description: 'The name, and after @ a version; without one the newest that can be called.',
    examples: ['double@1.0.0'],
  }),
});
export type NamedReleasePath = Static<typeof NamedReleasePath>;

/** /v1/run/{digest} */
export const DigestPath = Type.Object({ digest });
export type DigestPath = Static<typeof DigestPath>;

const model = Type.String({
  description: 'publisher/name[@version] or a digest. The slash may be escaped or not.',
  examples: [`0x${'ab'.repeat(20)}/double`],
});

/** /v2/models/{model} */
export const ModelNamePath = Type.Object({ model });
/** /v2/models/{model}/versions/{version} */
export const ModelVersionPath = Type.Object({ model, version: Type.String({ examples: ['1.0.0'] }) });
