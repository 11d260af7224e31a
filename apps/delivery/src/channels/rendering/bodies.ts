// Renders the bodies of notifications within a time budget. One renderer serves all channels, because its worker
// threads and its cache belong to the process. Guarantees: those of BodyRenderer; a body that is shown as plain text
// is counted by its reason and logged with its tenant.
import { BodyRenderer } from '@carillon/content';
import { counter, createLogger } from '@carillon/telemetry';
import { bodyDrawings } from './body-drawings.ts';

const log = createLogger('rendering');
const shownPlain = counter(
  'carillon_bodies_shown_plain_total',
  'Bodies shown as plain text because rendering them took too long, by kind and reason',
  ['kind', 'reason'],
);

export const bodies = new BodyRenderer(bodyDrawings, {
  // The extension of this module: TypeScript in tests, JavaScript in a build.
  script: new URL(`./body-worker${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`, import.meta.url),
  onPlain({ kind, tenantId, reason, cause }) {
    shownPlain.inc({ kind, reason });
    log.warn(
      { kind, tenantId, reason, ...(reason === 'failed' && { cause: String(cause) }) },
      'A body is shown as plain text',
    );
  },
});
