// How a dead letter is named on the command line: `notification.requested/0/12`; topic, partition, offset.
import { sourceNameOf, topics } from '@carillon/domain';
import { UserError } from '../terminal.ts';

export interface Place {
  topic: string;
  partition: number;
  offset: string;
}

export function placeFrom(text: string): Place {
  const match = /^(.+)\/(\d+)\/(\d+)$/.exec(text);
  if (!match)
    throw new UserError(
      `${text}: a dead letter is named topic/partition/offset, as \`carillon dead-letters list\` prints it`,
      2,
    );
  return { topic: knownTopic(match[1]!), partition: Number(match[2]), offset: match[3]! };
}

/** `notification.requested` is short for `carillon.notification.requested.v1`; other topics are refused. */
export function knownTopic(given: string, flag = ''): string {
  const source = sourceNameOf(given);
  const name = /\.v\d+$/.test(source) ? source : `carillon.${source}.v1`;
  const known: string[] = topics.filter(({ deadLetter }) => deadLetter).map((topic) => topic.name);
  if (known.includes(name)) return name;
  throw new UserError(
    `${flag}${given}: no such topic with dead letters; there are ${known.map(shortTopic).join(', ')}`,
    2,
  );
}

export const shortTopic = (topic: string): string => sourceNameOf(topic).replace(/^carillon\.(.+)\.v1$/, '$1');

export const placeOf = ({ topic, partition, offset }: Place): string => `${shortTopic(topic)}/${partition}/${offset}`;
