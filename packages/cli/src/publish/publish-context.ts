import type { FormatTable } from '@callable/formats';
import type { PrivateKey } from '@callable/protocol';
import type { Client } from '@callable/sdk';
import type { LoadModel } from '../models/load-locally.ts';

/** What a publish works with. */
export type PublishContext = {
  client: Client;
  key: PrivateKey;
  clock: () => number;
  signal: AbortSignal;
  /** What can be published. */
  formats: FormatTable;
  /** Loads the model on this machine to run the example. */
  load: LoadModel;
};
