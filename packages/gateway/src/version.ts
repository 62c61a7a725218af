/** Of this program, as its API says it. */
export const version = '0.1.0';
