// Starts the service. Telemetry comes first, before the modules that it instruments are loaded.
import '@carillon/telemetry/start';
import { runService } from '@carillon/runtime';
import { service } from './service.ts';

await runService(service);
