// Every record of a hosted list as an object, with the npm package.
import { Platform } from '../../bindings-node/lib/index.mjs'

const platform = Platform.hosted({ baseUrl: process.argv[2], userSecret: 'user', organizationSecret: 'organization' })
let count = 0
for await (const record of platform.instances.withToken('token').records('contacts')) {
  count += record.id > 0 ? 1 : 0
}
await platform.close()
console.log(JSON.stringify({ rows: count }))
