// The process: it decides who is notified, where and when.
import '@carillon/telemetry/start';
import { runService } from '@carillon/runtime';
import { service } from './service.ts';

await runService(service);
