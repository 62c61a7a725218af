// Before any test: the tests of one package run the output of the others, which is then never older than its sources.
import { build } from './prepare.mjs';

export async function setup() {
  await build();
}
