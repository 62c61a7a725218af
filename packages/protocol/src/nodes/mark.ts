/** What comparing made of a word (borne out, not borne out, or shown to be invented), and by which statement. */
export type Mark = { mark: 'confirmed' | 'differs' | 'lied'; at: number; statement: string };
