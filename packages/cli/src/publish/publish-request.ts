import type { Tolerance } from '@callable/protocol';

/** What the command line says about one publish; what it leaves out is read, made or measured. */
export type PublishRequest = {
  /** The model file, or a folder with one. */
  file: string;
  name?: string;
  version?: string;
  /** A file with an example input. */
  example?: string;
  /** A file with what the model's own framework answers to the example. */
  expected?: string;
  /** How far the graph may be from that, and then nodes from it. */
  tolerance?: Tolerance;
  /** A callable.json; else the one next to the model, if there is one. */
  manifest?: string;
  title?: string;
  summary?: string;
  license?: string;
  task?: string;
  tags?: readonly string[];
  /** Leave texts about the exporter's machine in the model. */
  keepMetadata?: boolean;
  /** Words that are private on this machine: texts beside the graph that hold one are left out. */
  privateWords?: readonly string[];
  /** Stop once the manifest is made. */
  dryRun: boolean;
  /** Follow the conditions after publishing. */
  wait: boolean;
  /** How long to follow them, milliseconds. */
  timeoutMs: number;
};
