// Renders the bodies of notifications within a time budget. One renderer serves all channels, because its worker
// threads and its cache belong to the process. Guarantees: those of BodyRenderer; a body that is shown as plain text
// is counted by its reason and logged with its tenant.
import { BodyRenderer } from '@carillon/content';
import { createLogger } from '@carillon/telemetry';
import { bodiesShownPlain } from '../../metrics.ts';
import { bodyDrawings } from './body-drawings.ts';

const log = createLogger('rendering');

export const bodies = new BodyRenderer(bodyDrawings, {
  // The extension of this module: TypeScript in tests, JavaScript in a build.
  script: new URL(`./body-worker${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`, import.meta.url),
  onPlain({ kind, tenantId, reason, cause }) {
    bodiesShownPlain.inc({ kind, reason });
    log.warn(
      { kind, tenantId, reason, ...(reason === 'failed' && { cause: String(cause) }) },
      'A body is shown as plain text',
    );
  },
});
