// Handles errors by their kind.
import { Platform, brighttalk } from 'elementkit';

const platform = await Platform.embedded('elementkit.db');
const bt = await brighttalk.connect(platform);
// show
import { ElementKitError, NotFoundError } from 'elementkit';

try {
  await bt.records('contactz').toArray({ limit: 1 });
} catch (error) {
  if (error instanceof NotFoundError) {
    console.log(error.code, '-', error.hint); // not_found - Did you mean contacts?
  } else if (error instanceof ElementKitError && error.retryable) {
    console.log('later:', error.message, error.requestId);
  } else {
    throw error;
  }
}
// end
await platform.close();
