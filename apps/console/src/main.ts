// The web console's backend. So far it only stands there: it answers for its health and nothing else.
import '@carillon/telemetry/start';
import { runService } from '@carillon/runtime';
import { AppModule } from './app.module.ts';
import { config } from './config.ts';

await runService({ name: 'console', config, module: AppModule });
