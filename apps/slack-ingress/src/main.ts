// The one door for what Slack sends. So far it only stands there: it answers for its health and nothing else.
import '@carillon/telemetry/start';
import { runService } from '@carillon/runtime';
import { AppModule } from './app.module.ts';
import { config } from './config.ts';

await runService({ name: 'slack-ingress', config, module: AppModule });
