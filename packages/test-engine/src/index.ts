/**
 * A toy format and the runtime for it, for tests only: they show that a format and a runtime are rows, and stand in for
 * models that end or hang outside software. Everything happens in the real runner process behind the real fence.
 *
 *   startNode(settings, { formats: testFormats, runtimes: testRuntimes })        a node that also knows the toy
 *   startLocalNetwork({ …, node: { formats: testFormats, runtimes: testRuntimes } })  a whole network with that node
 *   createRunnerPool({ engine: 'test', runtimes: testRuntimes })                 its runtime alone
 *   publishModel({ …, formats: testFormats, load: (files, draft, open, options) =>
 *     loadLocally(files, draft, open, { ...options, runtimes: testRuntimes }) }) publishing it
 *
 * A model is a text of lines, made by `testModel('scale 2', '13 exit')`. It takes `x`, FP32 [-1], and answers `y`, the
 * same times the scale. The lines are:
 *
 *   scale 2         y = 2x; 1 when left out
 *   pieces          each element is a piece of its own; else the answer comes at once
 *   pause 20        milliseconds before each piece, or before the answer; a cancel ends it at once
 *   WHEN exit       ends the process with code 3
 *   WHEN abort      aborts it (SIGABRT), as a failed check in native code does
 *   WHEN stall 500  holds the process up for so many milliseconds, at most a minute: it hears nothing meanwhile
 *   WHEN wait 500   waits so many milliseconds, at most a minute: it hears a cancel meanwhile
 *   WHEN allocate 900  holds so many MiB, at most 2048, piece by piece
 *   WHEN throw      fails the load or the call, and nothing else
 *   WHEN vary       adds a number that is another one in each run
 *
 * WHEN is `load` (while it is loaded), `run` (in every call), `judged` (in every call where it settles disputes),
 * `native` (in every other call), `empty` (in calls without an element), or a number such as `13` or `NaN`: in calls with this value among the inputs,
 * in pieces just before the piece of it.
 * Everything is bounded, so that nothing hangs or fills a machine even where no fence holds it.
 */

export { testFormat } from './test-format.ts';
export { readTestModel, type TestModel, testModel } from './test-model.ts';
export { testRuntime } from './test-runtime.ts';
export { testFormats, testRuntimes } from './test-tables.ts';
