import { type DayFigure, openDayFigure } from '@callable/protocol';
import type { Transaction } from 'kysely';
import type { Schema } from '../../db/schema.ts';
import { readDayRows } from './read-day-rows.ts';
import { openFacts } from './read-facts.ts';
import type { Subject } from './subject.ts';

/** What rows of one day figure to, by what the log says now. A turn of the loop passes between parts: others are answered meanwhile. */
export async function figureSubject(tx: Transaction<Schema>, subject: Subject, day: number): Promise<DayFigure> {
  const facts = openFacts(tx);
  const figure = openDayFigure(day, facts);
  for await (const rows of readDayRows(tx, subject, day)) {
    await facts.learn(rows);
    figure.add(rows);
  }
  return figure.close();
}
