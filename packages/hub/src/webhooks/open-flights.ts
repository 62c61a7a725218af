/** Dials under way at a time to one network, of eight workers: endpoints that are slow on purpose hold no more than these. */
const most = { proven: 4, unproven: 2 };

/** The dials that this process has under way, by the network they lead to. */
export type Flights = {
  /** Null where as many are under way as may be; else whoever calls this disposes it. */
  take: (network: string, isProven: boolean) => Disposable | null;
};

export function openFlights(): Flights {
  const underWay = new Map<string, number>();
  return {
    take(network, isProven) {
      const count = underWay.get(network) ?? 0;
      if (count >= most[isProven ? 'proven' : 'unproven']) return null;
      underWay.set(network, count + 1);
      return {
        [Symbol.dispose]() {
          const left = (underWay.get(network) ?? 1) - 1;
          if (left > 0) underWay.set(network, left);
          else underWay.delete(network);
        },
      };
    },
  };
}
