// The delivery service as a process.
import '@carillon/telemetry/start';
import { runService } from '@carillon/runtime';
import { service } from './service.ts';

await runService(service);
