import { type InputProblem, type InputProblemCode, Refusal } from './input-problem.ts';
import type { TensorSpec } from './tensor.ts';

/** Where in the body the values of an input stand, for the refusals that name it. */
export class Place {
  readonly spec: TensorSpec;
  /** The index in each array that is open. */
  readonly index: number[] = [];
  private readonly base: string;

  constructor(spec: TensorSpec, base: string) {
    this.spec = spec;
    this.base = base;
  }

  refuse(code: InputProblemCode, message: string, more: Partial<InputProblem> = {}): never {
    const pointer = [this.base, ...this.index].join('/');
    throw new Refusal({ code, input: this.spec.name, pointer, message, ...more });
  }
}
