import type { HubContext } from '../context.ts';
import { WalrusProblem } from './walrus-problem.ts';

/** Senders remembered; who was seen longest ago is forgotten first, and starts with a full allowance. */
const most = 50_000;

type Sender = { left: number; at: number; storing: number };

/** How often, and how much at once, may be put: by all together and by one sender, who is not to use up all of it. */
export class SenderLimits {
  readonly #ctx: Pick<HubContext, 'clock' | 'config'>;
  readonly #senders = new Map<string, Sender>();
  #storing = 0;

  constructor(ctx: Pick<HubContext, 'clock' | 'config'>) {
    this.#ctx = ctx;
  }

  /** One put of this sender begins; dispose when it has ended. Throws a WalrusProblem when it is one too many. */
  enter(name: string): Disposable {
    const { parallel, senderParallel, senderPutsPerMinute } = this.#ctx.config.walrusApi;
    const sender = this.#find(name);
    if (this.#storing >= parallel || sender.storing >= senderParallel) throw tooManyRequests();
    const now = this.#ctx.clock();
    const refilled = (Math.max(0, now - sender.at) * senderPutsPerMinute) / 60_000;
    sender.left = Math.min(senderPutsPerMinute, sender.left + refilled);
    sender.at = now;
    if (sender.left < 1) throw tooManyRequests();
    sender.left--;
    sender.storing++;
    this.#storing++;
    return {
      [Symbol.dispose]: () => {
        sender.storing--;
        this.#storing--;
      },
    };
  }

  #find(name: string): Sender {
    const { senderPutsPerMinute } = this.#ctx.config.walrusApi;
    const sender = this.#senders.get(name) ?? { left: senderPutsPerMinute, at: this.#ctx.clock(), storing: 0 };
    this.#senders.delete(name);
    this.#senders.set(name, sender);
    for (const [oldest, { storing }] of this.#senders) {
      if (this.#senders.size <= most) break;
      if (storing === 0) this.#senders.delete(oldest);
    }
    return sender;
  }
}

/** In plain text: it is the server around the daemon that says so. */
const tooManyRequests = () =>
  new WalrusProblem(429, 'the publisher is receiving too many requests; please try again later');
