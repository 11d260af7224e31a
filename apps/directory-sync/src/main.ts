// The directory as a process. Telemetry starts before anything that it watches is loaded.
import '@carillon/telemetry/start';
import { runService } from '@carillon/runtime';
import { service } from './service.ts';

await runService(service);
