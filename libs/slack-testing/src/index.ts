// Only for specs: the Slack simulator as a process.
export { SlackSimulator, type RequestCounts, type SeenMessage, type SlackClient } from './slack-simulator.ts';
