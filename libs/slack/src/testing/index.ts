// For specs of the services: Slack's stand-in.
export { SlackSimulator, type RequestCounts, type SeenMessage } from './slack-simulator.ts';
