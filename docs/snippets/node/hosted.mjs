// Uses a platform on the network.

// show
import { Platform } from 'elementkit';

// ELEMENTKIT_BASE_URL, ELEMENTKIT_USER_SECRET, ELEMENTKIT_ORGANIZATION_SECRET
const platform = Platform.hosted();
for (const instance of await platform.instances.list()) console.log(instance.id, instance.name);
await platform.close();
// end
