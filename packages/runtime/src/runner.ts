/** For the process of a runner: what a runtime's own entry file gives its engine to. */
export { answerOrders } from './runners/answer-orders.ts';
export type { Engine, EngineValue, LoadedEngine } from './runners/engine.ts';
export { streamOrders } from './runners/stream-orders.ts';
