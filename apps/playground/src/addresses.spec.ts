import { expect, test } from '@jest/globals';
import { addressLines } from './addresses.ts';

const process = (name: string, port: number) => ({ name, label: name, url: `http://127.0.0.1:${port}` });

test('each address is listed once, and nothing that has no page or API yet', () => {
  const lines = addressLines({
    slack: { url: 'http://127.0.0.1:3900' },
    mail: { url: 'http://127.0.0.1:3903' } as never,
    issuer: { url: 'http://127.0.0.1:3901' } as never,
    kafka: { brokers: ['127.0.0.1:9092'] } as never,
    logsDir: '/logs',
    dataDir: '/data',
    processes: () => [process('slack-simulator', 3900), process('delivery', 3004), process('console', 3000)],
  });
  const places = lines.map((line) =>
    line
      .trim()
      .split(/ {2,}| (?=\S+$)/)
      .at(-1),
  );
  expect(new Set(places).size).toBe(lines.length);
  expect(lines.join('\n')).toContain('delivery                 http://127.0.0.1:3004');
  expect(lines.join('\n')).not.toContain(':3000');
  expect(lines.filter((line) => line.includes(':3900'))).toHaveLength(1);
});
