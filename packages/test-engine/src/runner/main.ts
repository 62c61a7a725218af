import { streamOrders } from '@callable/runtime/runner';
import { createTestEngine } from './test-engine.ts';

await streamOrders(createTestEngine(process.argv[2] === 'judged'));
