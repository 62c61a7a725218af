/**
 * How one protobuf field is read into the object that stands for its message. Tensor payloads never become values:
 * a `blob` is remembered by length only (small ones keep their bytes), a `run` of numbers by count (short ones keep
 * their values), so that the memory an inspection takes does not depend on the size of the weights.
 */
export type Field<T> =
  | { readonly kind: 'text'; readonly once: boolean; readonly set: (target: T, value: string) => void }
  | { readonly kind: 'integer'; readonly once: boolean; readonly set: (target: T, value: number) => void }
  | { readonly kind: 'run'; readonly width: 'varint' | 4 | 8; readonly run: (target: T) => Run }
  | { readonly kind: 'blob'; readonly once: boolean; readonly set: (target: T, blob: Payload) => void }
  | { readonly kind: 'blobs'; readonly run: (target: T) => Run }
  | { readonly kind: 'message'; readonly once: boolean; readonly enter: (target: T) => Entered }
  | { readonly kind: 'skip' };

/** Fields by field number. */
export type Fields<T> = { readonly label: string; readonly table: ReadonlyMap<number, Field<T>> };

/** A message being read: its fields and the object they fill. The pair is only ever made by `entered`. */
export type Entered = { readonly fields: Fields<unknown>; readonly target: unknown };

/**
 * Elements of a repeated field. `least < count` only where counting would have meant reading the whole payload:
 * then the true count lies between the two.
 */
export type Run = {
  count: number;
  least: number;
  readonly values: number[];
  /** Of texts: whether one of those that were read is not UTF-8. */
  notUtf8?: boolean;
};

/** A bytes field: where it lies in the source, its length, and its content only when small. */
export type Payload = { readonly offset: number; readonly length: number; readonly bytes: Uint8Array | null };

export function emptyRun(): Run {
  return { count: 0, least: 0, values: [] };
}

export function entered<U>(fields: Fields<U>, target: U): Entered {
  // The one place where the pairing of table and target is forgotten; both come in together, so it stays true.
  return { fields: fields as Fields<unknown>, target };
}

export function fields<T>(label: string, table: Readonly<Record<number, Field<T>>>): Fields<T> {
  return { label, table: new Map(Object.entries(table).map(([number, field]) => [Number(number), field])) };
}
