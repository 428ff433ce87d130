// Mirrors the registrations into a SQLite file; further runs read only changes.
// Run it against a sandbox: `elementkit sandbox` prints the URL for ELEMENTKIT_BRIGHTTALK_URL.
import { mkdirSync } from 'node:fs';
import path from 'node:path';

import { Platform, brighttalk } from 'elementkit';
import sqlite from 'node-sqlite3-wasm';

const folder = process.argv[2] ?? '.';
mkdirSync(folder, { recursive: true });
const mirror = new sqlite.Database(path.join(folder, 'registrations.sqlite'));
mirror.exec(`
  create table if not exists registrations (id integer primary key, webcastId integer, email text, record text);
  create table if not exists state (object text primary key, state text);
`);

const platform = await Platform.embedded(path.join(folder, 'elementkit.db'), {
  brighttalkUrl: process.env.ELEMENTKIT_BRIGHTTALK_URL,
});
try {
  const bt = await brighttalk.connect(platform);
  const pull = await bt.sync(
    'registrations',
    mirror.get("select state from state where object = 'registrations'")?.state,
  );
  const upsert = mirror.prepare('insert or replace into registrations values (?, ?, ?, ?)');
  let changed = 0;
  mirror.exec('begin');
  for await (const rows of pull.batches()) {
    for (const row of rows) upsert.run([row.id, row.webcastId ?? null, row.email ?? null, JSON.stringify(row)]);
    changed += rows.length;
  }
  // Rows and state become visible together, so a crash loses neither.
  mirror.run("insert or replace into state values ('registrations', ?)", await pull.state());
  mirror.exec('commit');
  upsert.finalize();
  console.log(`${changed} changed, ${mirror.get('select count(*) as rows from registrations').rows} in all`);
} finally {
  mirror.close();
  await platform.close();
}
