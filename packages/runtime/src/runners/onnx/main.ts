import { answerOrders } from '../answer-orders.ts';
import { nativeEngine } from './native-engine.ts';

await answerOrders(nativeEngine);
