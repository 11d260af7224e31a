// The process: connects workspaces and keeps their tokens.
import '@carillon/telemetry/start';
import { runService } from '@carillon/runtime';
import { service } from './service.ts';

await runService(service);
