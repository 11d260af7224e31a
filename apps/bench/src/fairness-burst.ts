// The burst of `fairness`: COUNT requests of the tenant acme, published as fast as the broker takes them.
import { kafkaClient } from '@carillon/playground';
import { environment } from './environment.ts';
import { prefillRequests } from './prefill.ts';

const { BROKERS = '', COUNT = '', PREFIX = '' } = environment;
await prefillRequests(kafkaClient(BROKERS.split(','), 'bench-burst'), Number(COUNT), PREFIX);
