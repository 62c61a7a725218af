import { fileURLToPath } from 'node:url';

/** The program of a node, for `node`: the built file also when this one runs from its source. */
export const nodeProgram = fileURLToPath(new URL('./main.js', import.meta.url)).replace(
  /([\\/])src([\\/]main\.js)$/,
  '$1dist$2',
);
