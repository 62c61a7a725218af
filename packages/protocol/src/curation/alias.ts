import type { Address } from '../identity/address.ts';
import type { ModelName } from '../identity/names.ts';

/** A name of a publisher that stands for another model. */
export type Alias = {
  publisher: Address;
  name: ModelName;
  /** `publisher/name` or `publisher/name@version`. */
  target: string;
  /** When the log took it in, milliseconds. */
  at: number;
  statement: string;
};

/** The subject of statements about an alias. */
export const aliasSubject = (publisher: Address, name: ModelName): string => `${publisher}/${name}`;
