import { expect, test } from 'vitest';
import { openFlights } from './open-flights.ts';

test.each([
  ['that never answered right', false, 2],
  ['that answer', true, 4],
])(
  'attack: endpoints of one network %s hold no more than a few workers, and others none of theirs',
  (_, isProven, most) => {
    const flights = openFlights();
    const taken = Array.from({ length: 8 }, () => flights.take('203.0.113.0/24', isProven));
    expect(taken.filter((flight) => flight !== null).length).toBe(most);
    expect(flights.take('198.51.100.0/24', false)).not.toBeNull();
    taken[0]?.[Symbol.dispose]();
    expect(flights.take('203.0.113.0/24', isProven)).not.toBeNull();
    expect(flights.take('203.0.113.0/24', isProven)).toBeNull();
  },
);
