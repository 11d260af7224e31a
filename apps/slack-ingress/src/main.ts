// Receives Slack's HTTP requests, and publishes them to Kafka.
import '@carillon/telemetry/start';
import { runService } from '@carillon/runtime';
import { service } from './service.ts';

await runService(service);
