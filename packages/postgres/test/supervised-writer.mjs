// A hub reduced to what a kill can hurt: it supervises PostgreSQL and writes, and says what was acknowledged.
// Plain JavaScript, because it runs as a process of its own. Arguments: compiled start-postgres, data, engine, mode.
import { writeSync } from 'node:fs';
import pg from 'pg';

const [, , program, dataDir, engineDir, mode] = process.argv;
const say = (line) => writeSync(1, `${line}\n`);

try {
  const { startPostgres } = await import(program);
  // It is killed: what it shares must lie where the test cleans up.
  const settings = { dynamic_shared_memory_type: 'mmap' };
  const postgres = await startPostgres({ dataDir, engineDir, settings });
  say(`started ${postgres.pid} ${postgres.connectionString}`);
  if (mode === 'write') {
    const pool = new pg.Pool({ connectionString: postgres.connectionString, max: 4 });
    await pool.query('create table if not exists entry (id bigserial primary key, batch uuid, part integer)');
    await Promise.all([0, 1, 2, 3].map(() => writeForEver(pool)));
  } else if (mode === 'once') {
    await postgres.stop();
  }
} catch (error) {
  say(`failed ${error.message}`);
  process.exitCode = 1;
}

async function writeForEver(pool) {
  for (;;) {
    const batch = crypto.randomUUID();
    await pool.query('insert into entry (batch, part) select $1, generate_series(1, 3)', [batch]);
    say(`acked ${batch}`);
  }
}
