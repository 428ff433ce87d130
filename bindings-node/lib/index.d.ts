/**
 * Cloud Elements as a library: webinars and their audiences from BrightTALK, hosted or on a local file.
 *
 * @packageDocumentation
 */

import type { CallOptions } from './types/common';
import type { Instance } from './types/instance';
import type { Instances, Platform } from './types/platform';

export type {
  Activity,
  Attachment,
  AttachmentAccessSummary,
  Channel,
  Contact,
  Integer,
  Registration,
  ResourceRecords,
  Survey,
  SurveyResponse,
  Viewing,
  Webcast,
} from '../records';
export * from './types/common';
export * from './types/conditions';
export * from './types/elements';
export * from './types/errors';
export * from './types/instance';
export * from './types/jobs';
export * from './types/platform';
export * from './types/shapes';
export * from './types/webhook';

/** BrightTALK, the first element. */
export const brighttalk: {
  /**
   * Connects BrightTALK as {@link Instances.connect}: returns the instance of this name (`BrightTALK` by default) with
   * these credentials and settings, and creates it if it does not exist. Use a distinct name for each vendor account.
   * The default credentials are `BRIGHTTALK_API_KEY` and `BRIGHTTALK_API_SECRET`.
   */
  connect(
    platform: Platform,
    options?: CallOptions & {
      name?: string | undefined;
      tags?: readonly string[] | undefined;
      apiKey?: string | undefined;
      apiSecret?: string | undefined;
      staging?: boolean | undefined;
      keepWithoutEmail?: boolean | undefined;
    },
  ): Promise<Instance>;
};
