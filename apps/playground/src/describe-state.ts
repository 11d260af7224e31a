// What the state file of a running playground says.
import type { PlaygroundState, SeededTenant } from './state-file.ts';

export interface DescribedPlayground {
  kafka: { brokers: string[]; pid: number | undefined };
  postgres: { url: string; pid: number | undefined };
  slack: { url: string };
  issuer: { url: string };
  mail: { smtp: string; url: string };
  tenant: SeededTenant | undefined;
  processes(): readonly { name: string; replica: number; url: string; pid: number | undefined }[];
}

export function describeState(playground: DescribedPlayground): PlaygroundState {
  const { kafka, postgres, slack, issuer, mail, tenant } = playground;
  const processes = playground.processes();
  const pids: Record<string, number[]> = {};
  for (const { name, pid } of [
    ...processes,
    { name: 'kafka', pid: kafka.pid },
    { name: 'postgres', pid: postgres.pid },
  ])
    if (pid !== undefined) (pids[name] ??= []).push(pid);
  const services = processes.filter(({ name, replica }) => name !== 'slack-simulator' && replica === 0);
  return {
    kafka: { brokers: kafka.brokers },
    postgres: { url: postgres.url },
    slack: { url: slack.url },
    issuer: { url: issuer.url },
    mail: { smtp: mail.smtp, url: mail.url },
    services: Object.fromEntries(services.map(({ name, url }) => [name, url])),
    pids,
    ...(tenant ? { tenant } : {}),
  };
}
