/** The simulator as a process: it prints one line of JSON when it is ready, and ends at SIGTERM and SIGINT. */
import { readConfig } from './config.ts';
import { startSimulator } from './simulator.ts';

try {
  const simulator = await startSimulator(readConfig(process.env));
  process.stdout.write(
    `${JSON.stringify({ level: 'info', service: 'slack-simulator', msg: 'ready', url: simulator.url, pid: process.pid })}\n`,
  );
  const stop = () => void simulator.close().then(() => process.exit(0));
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
} catch (error) {
  process.stderr.write(
    `${JSON.stringify({ level: 'fatal', service: 'slack-simulator', msg: (error as Error).message })}\n`,
  );
  process.exit(1);
}
