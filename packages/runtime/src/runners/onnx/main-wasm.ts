import { answerOrders } from '../answer-orders.ts';
import { openWasmEngine } from './open-wasm-engine.ts';

await answerOrders(await openWasmEngine(Number(process.argv[2])));
