/** A body or an answer in JSON, as /openapi.json says it. */
export const jsonContent = (schema: object) => ({ content: { 'application/json': { schema } } });
