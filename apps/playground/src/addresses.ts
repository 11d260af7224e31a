// The addresses of a running playground, as lines for a person. Each URL is listed once, and only where a page or an
// API answers: the console has neither yet.
import type { Playground } from './playground.ts';

export type AddressedPlayground = Pick<Playground, 'slack' | 'mail' | 'issuer' | 'kafka' | 'logsDir' | 'dataDir'> & {
  processes(): readonly { name: string; label: string; url: string }[];
};

export function addressLines(playground: AddressedPlayground): string[] {
  const { slack, mail, issuer, kafka, logsDir, dataDir } = playground;
  const services = playground.processes().filter(({ name }) => name !== 'slack-simulator' && name !== 'console');
  const rows = [
    ['Slack, as people see it', slack.url],
    ['Mail that was sent', mail.url],
    ['Tokens', `${issuer.url}/token`],
    ...services.map(({ label, url }) => [label, url] as const),
    ['Kafka', kafka.brokers.join(',')],
    ['Logs', logsDir],
    ['All of this as JSON', `${dataDir}/playground.json`],
  ] as const;
  return rows.map(([name, place]) => `  ${name.padEnd(24)} ${place}`);
}
