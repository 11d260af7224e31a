// Receives Slack's HTTP requests. Today it serves health checks only.
import '@carillon/telemetry/start';
import { runService } from '@carillon/runtime';
import { AppModule } from './app.module.ts';
import { config } from './config.ts';

await runService({ name: 'slack-ingress', config, module: AppModule });
