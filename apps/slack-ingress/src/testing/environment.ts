// What this service's specs put into its environment.
export const signingSecret = '8f742231b10e8888abcd99yyyzzz85a5';

export const environment: Readonly<Record<string, string>> = {
  DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
  KAFKA_BROKERS: '127.0.0.1:1',
  AUTH_ISSUERS: 'http://127.0.0.1:1',
  SLACK_SIGNING_SECRET: signingSecret,
};
