/** Headers in the order they are sent; names in lower case, each once. */
export type AnswerHeaders = [name: string, value: string][];

/** A whole answer to an HTTP request, whoever writes it. Its length and what concerns the connection come with the writing. */
export type PlainAnswer = { status: number; headers: AnswerHeaders; body: Buffer };
