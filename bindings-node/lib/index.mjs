// The same classes for ES modules, so that `instanceof` holds whichever way the package was loaded.
import elementkit from './index.js';

export const {
  Platform, Instances, Instance, Records, Bulk, Job, Sync, Definitions, Transformations, CommonResources,
  ElementKitWarning, brighttalk, verifyWebhook, Expression, Field, ceql, field,
  ElementKitError, ConfigError, InvalidRequestError, AuthenticationError, PermissionDeniedError, NotFoundError,
  ConflictError, RateLimitedError, VendorError, TimeoutError, ServerError, ConnectError, TransportError, DecodeError,
  JobFailedError, JobCancelledError, StorageError, UnsupportedError, ClosedError, InternalError,
} = elementkit;
export default elementkit;
