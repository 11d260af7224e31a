// The metrics of directory-sync.
import { counter, gauge, histogram } from '@carillon/telemetry';

export const syncs = counter({
  name: 'carillon.directory.syncs',
  unit: '{sync}',
  help: 'Attempts of syncs, by how they ended',
  labels: { end: ['done', 'waiting', 'failed', 'lost'] },
});
export const syncDuration = histogram({
  name: 'carillon.directory.sync',
  unit: 's',
  help: 'How long an attempt of a sync took',
  buckets: [0.5, 1, 5, 15, 60, 300, 1800],
});
export const syncsRunning = gauge({
  name: 'carillon.directory.syncs_running',
  unit: '{sync}',
  help: 'Syncs that this process carries out now',
});
export const syncPages = counter({
  name: 'carillon.directory.sync_pages',
  unit: '{page}',
  help: 'Pages of people and channels that syncs read',
});
export const linksChanged = counter({
  name: 'carillon.directory.links_changed',
  unit: '{link}',
  help: 'Links that syncs changed',
});
export const eventsApplied = counter({
  name: 'carillon.directory.events',
  unit: '{event}',
  help: "Slack's events about people and channels, by what",
  labels: { about: ['user', 'channel'] },
});
