import type { Manifest, ModelFinding, ModelSummary, ReasonCode } from '@callable/protocol';
import type { ByteSource } from './bytes-source.ts';

/** Everything that is known of one format. Pure: a format only names the runtimes that run it. */
export type Format = {
  /** The word in manifests. */
  readonly name: string;
  /** How its files are called, with the dot; shown to people and cut off names. */
  readonly extension: string;
  /** The model's own path in every release, whatever its file is called here: renaming it makes no other release. */
  readonly entryPath: string;
  /** Whether a file that begins so is of this format; `maybe` where the format has no mark. Names are not asked. */
  takes(head: Uint8Array): 'yes' | 'maybe' | 'no';
  /** Judges a model by its bytes alone, before anything runs it. Never throws because of the content. */
  inspect(source: ByteSource, options?: InspectOptions): Promise<InspectVerdict>;
  /** How the manifest's inputs and outputs differ from the model's, in one sentence, or null. */
  describeMismatch(manifest: Pick<Manifest, 'inputs' | 'outputs'>, summary: ModelSummary): string | null;
  /** What publish changes before anything is hashed. Never throws because of the content. */
  rewrite?(source: ByteSource, options: RewriteOptions): Promise<Rewrite>;
  /** The runtime that answers calls, a key of the runtime table. */
  readonly run: string;
  /** The runtime whose answers settle disputes, the same bytes on every machine; null where there is none. */
  readonly adjudicate: string | null;
  /** What a validation tries beyond the vectors: made-up inputs, and values at the ends of every datatype. */
  readonly checks: { readonly seeded: boolean; readonly extremes: boolean };
};

export type FormatTable = Readonly<Record<string, Format>>;

export type InspectOptions = {
  /** The other files of the upload, paths relative to the folder of the model; without it there are none. */
  readonly files?: readonly UploadedFile[];
  readonly signal?: AbortSignal;
};

export type UploadedFile = { readonly path: string; readonly size: number };

export type InspectVerdict =
  | { readonly ok: true; readonly summary: ModelSummary }
  | {
      readonly ok: false;
      readonly reason: ReasonCode;
      /** One sentence: the cause and the remedy. */
      readonly message: string;
      readonly findings: readonly ModelFinding[];
    };

export type RewriteOptions = {
  /** Leave texts about the exporter's machine where they are. */
  readonly keepMetadata?: boolean;
  /** Words known to be private here, such as the home directory: texts beside the graph that hold one are left out. */
  readonly privateWords?: readonly string[];
  readonly signal?: AbortSignal;
};

export type Rewrite = {
  readonly changed: boolean;
  /** The model as it is to be published; the given one where nothing changed. It reads the given one on demand. */
  readonly source: ByteSource;
  /** One sentence each on what has changed. */
  readonly notices: readonly string[];
  /** Labels found inside, by output. */
  readonly labels: ReadonlyMap<string, string[]>;
  /** Values by input that are taken where a caller gives none, as plain JSON. */
  readonly defaults: ReadonlyMap<string, unknown>;
  /** Where the written file is another model than the given one, in a few words, or null. Null: nothing to compare. */
  readonly compare: ((written: ByteSource, signal?: AbortSignal) => Promise<string | null>) | null;
};
