import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { Convert } from 'typebox/value';

/**
 * One schema language for types, validation and documentation. Bodies are taken as they are; only query and path,
 * which arrive as text, are converted.
 */
export const compileValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const validator = Compile(schema);
  const fromText = httpPart !== 'body';
  return (input: unknown) => {
    const value = fromText ? Convert(schema, input) : input;
    if (validator.Check(value)) return { value };
    const [first] = validator.Errors(value);
    return {
      error: new Error(`${httpPart ?? 'request'}${first?.instancePath ?? ''} ${first?.message ?? 'does not fit'}`),
    };
  };
};
