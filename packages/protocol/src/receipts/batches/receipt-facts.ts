import type { Receipt3 } from './receipt-3.ts';

/** What a node says of a good answer before it has a number: all of its receipt that the batch does not give. */
export type ReceiptFacts = Omit<Receipt3, 'version' | 'seq'>;
