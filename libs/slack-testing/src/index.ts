// Only for specs: the Slack simulator as a process.
export { SlackSimulator, type RequestCounts, type SeenMessage } from './slack-simulator.ts';
