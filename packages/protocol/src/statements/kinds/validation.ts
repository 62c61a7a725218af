import { type Static, Type } from 'typebox';
import { bytes32, count, sentence } from './fields.ts';

/** What the inspection or a bounded run noticed; a `warn` is shown, a `refuse` ends the validation. */
export const Finding = Type.Object({
  code: Type.String({ pattern: '^[A-Z][A-Za-z0-9]+$', maxLength: 60 }),
  severity: Type.Unsafe<'warn' | 'refuse'>(Type.String({ enum: ['warn', 'refuse'] })),
  message: sentence,
  /** The node, tensor or function of the graph it is about. */
  place: Type.Optional(Type.String({ maxLength: 200 })),
});
export type Finding = Static<typeof Finding>;

/** What a validation says beyond its verdict. All of it is optional: an older node says less. */
export const validationDetails = {
  findings: Type.Optional(Type.Array(Finding, { maxItems: 32 })),
  /** What an auditor can expect of answers: 0 nothing, 1 equal within a tolerance, 2 equal bytes on the pinned wasm. */
  auditClass: Type.Optional(Type.Integer({ minimum: 0, maximum: 2 })),
  /** Largest difference between native and wasm outputs, as a share of the largest value; null when not measured. */
  spread: Type.Optional(Type.Union([Type.Number({ minimum: 0 }), Type.Null()])),
  /**
   * What the pinned wasm runtime answers to inputs made from the release, this node and the epoch: the same on every
   * machine, different for every node. Whoever never ran the model cannot know it, and anybody can compute it again.
   */
  adjudication: Type.Optional(
    Type.Union([
      Type.Object({ runtime: Type.String({ maxLength: 120 }), digest: bytes32, inputs: count }),
      Type.Null(),
    ]),
  ),
  /** 32 random bytes: with them the commitment made before does not tell what is in it. */
  salt: Type.Optional(bytes32),
};

/** subject: the release digest. Signed by a node that was drawn, before any of the panel shows its report. */
export const ReleaseCommitted = Type.Object({ epoch: count, commitment: bytes32 });
