// The service as a process under a name of the spec's choice, so that its consumer group meets nobody else's.
import '@carillon/telemetry/start';
import { runService } from '@carillon/runtime';
import { service } from '../service.ts';

await runService({ ...service, name: process.env['SPEC_SERVICE_NAME'] ?? service.name });
