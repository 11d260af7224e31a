// For specs alone: Slack's simulator.
export { SlackSimulator, type RequestCounts, type SeenMessage } from './slack-simulator.ts';
