import { findProblem, type TSchema } from '@callable/protocol/schema';
import type { FastifySchemaCompiler } from 'fastify';
import { readTexts } from './read-texts.ts';

/**
 * One schema language for types, validation and documentation. Bodies are taken as they are; only query and path,
 * which arrive as text, are read by their schema.
 */
export const compileValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const fromText = httpPart !== 'body';
  return (input: unknown) => {
    const value = fromText ? readTexts(schema, input) : input;
    const problem = findProblem(schema, value);
    return problem ? { error: new Error(`${httpPart ?? 'request'}${problem.path} ${problem.message}`) } : { value };
  };
};
