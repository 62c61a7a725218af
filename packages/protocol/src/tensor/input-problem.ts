export type InputProblemCode =
  | 'InvalidJson'
  | 'InvalidText'
  | 'InvalidField'
  | 'TooDeep'
  | 'UnknownInput'
  | 'MissingInput'
  | 'DuplicateInput'
  | 'UnknownOutput'
  | 'DuplicateOutput'
  | 'WrongDatatype'
  | 'WrongShape'
  | 'RaggedArray'
  | 'OutOfRange';

/** Why an input was refused: enough for the caller to mend it without reading the manifest. */
export type InputProblem = {
  code: InputProblemCode;
  /** The input, or requested output, that is meant. */
  input?: string;
  /** JSON pointer into the body. */
  pointer?: string;
  /** One sentence with cause and remedy. */
  message: string;
  /** The names that would have been right. */
  allowed?: string[];
  got?: string;
  expected?: string;
};

export type InputVerdict<T> = { ok: true; value: T } | { ok: false; problem: InputProblem };

/** Carries a problem from deep inside a scan to the parser's door; never leaves this folder. */
export class Refusal extends Error {
  readonly problem: InputProblem;
  constructor(problem: InputProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

/** Runs a parser that refuses by throwing and makes a verdict of it; accidents pass through. */
export function judge<T>(parse: () => T): InputVerdict<T> {
  try {
    return { ok: true, value: parse() };
  } catch (error) {
    if (error instanceof Refusal) return { ok: false, problem: error.problem };
    throw error;
  }
}

/** A stranger's name inside a sentence of ours: bounded, on one line. */
export function quoteName(name: string): string {
  const short = name.length > 60 ? `${name.slice(0, 60)}…` : name;
  return `\`${short.replace(/\p{Cc}/gu, ' ')}\``;
}

export function showShape(shape: readonly number[]): string {
  return `[${shape.join(',')}]`;
}
