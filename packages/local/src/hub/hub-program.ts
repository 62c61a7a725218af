import { fileURLToPath } from 'node:url';

/** The program of the hub of a network, for `node`: the built file also when this one runs from its source. */
export const hubProgram = fileURLToPath(new URL('./main.js', import.meta.url)).replace(
  /([\\/])src([\\/]hub[\\/]main\.js)$/,
  '$1dist$2',
);
