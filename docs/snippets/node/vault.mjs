// Keeps the vault key outside of the folder of the database.

// show
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Platform } from 'elementkit';

// Stores keys in a folder; use a secret manager instead. Both functions may return promises.
const vaultKeys = {
  load: (name) => (existsSync(`keys/${name}`) ? readFileSync(`keys/${name}`) : null),
  store: (name, key) => {
    mkdirSync('keys', { mode: 0o700, recursive: true });
    writeFileSync(`keys/${name}`, key);
  },
};
const sealed = await Platform.embedded('sealed.db', { vaultKeys });
console.log(await sealed.instances.count());
await sealed.close();

const other = await Platform.embedded('other.db', { vaultKeys: randomBytes(32) }); // or one key of your own
console.log(await other.instances.count());
await other.close();
// end
