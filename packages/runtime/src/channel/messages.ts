import type { InputProblem, TensorSpec } from '@callable/protocol';
import type { LoadReason, ModelCall, OutputShapes, RunReason } from '../runtime.ts';

/** Where a body lies in the scratch file. */
export type Region = { offset: number; length: number };

/** From the node to a runner; the body of a run is the caller's. Tensors, cancels and credits: no word of any format. */
export type Order =
  | {
      type: 'load';
      directory: string;
      entry: string;
      externalFiles: readonly string[];
      inputs: readonly TensorSpec[];
      outputs: readonly TensorSpec[];
      threads: number;
    }
  /**
   * `pieces`: how many may be sent before there is more credit. 0 asks for the whole answer at once. Where there is a `region` the
   * body lies there in the scratch file, and not behind this order.
   */
  | {
      type: 'run';
      call: number;
      encoding: ModelCall['encoding'];
      salt: Uint8Array;
      pieces: number;
      region?: Region | undefined;
    }
  /** One piece more. Like `cancel` it names its call, which may have ended meanwhile. */
  | { type: 'credit'; call: number }
  | { type: 'cancel'; call: number };

export type LoadOrder = Extract<Order, { type: 'load' }>;
export type RunOrder = Extract<Order, { type: 'run' }>;

/** From a runner to the node; the body of `ran` is the outputs, that of `piece` a part of them. */
export type Report =
  | { type: 'ready'; version: string }
  | { type: 'loaded'; shapes: OutputShapes }
  | { type: 'refused'; reason: LoadReason; message: string }
  | { type: 'piece' }
  | { type: 'ran'; id?: string; inputDigest: string; outputDigest: string; runMs: number }
  | { type: 'input'; problem: InputProblem }
  /** `spent`: what the process keeps of its memory leaves too little for another call. */
  | { type: 'failed'; reason: RunReason; message: string; spent?: boolean };

/** The reports that end a call. */
export type EndReport = Extract<Report, { type: 'ran' | 'input' | 'failed' }>;

export const isEnd = (report: Report): report is EndReport =>
  report.type === 'ran' || report.type === 'input' || report.type === 'failed';

/** The first byte of a head that is not JSON. */
export const orderKinds = { run: 1, credit: 2, cancel: 3 } as const;
export const reportKinds = { ran: 1, piece: 2 } as const;
/** By their place, as a head names them. */
export const encodings: readonly ModelCall['encoding'][] = ['plain', 'oip', 'raw'];

/** A piece may have this many bytes: it waits in the node until its caller takes it. */
export const longestPieceBytes = 1024 * 1024;
/** Pieces on their way or waiting at a time, of one call. */
export const piecesAhead = 4;

/**
 * So many answers a process says at once, each before it begins the next call. Afterwards it may hold those of quick calls until
 * the end of a burst: one that dies before is known to have died of the first call it has not answered.
 */
export const answersBeforeHeld = 64;
