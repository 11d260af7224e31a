// The route that says what this service keeps of people and channels, and how long. It is the same for every tenant.
import { Answers, Roles } from '@carillon/runtime';
import { Controller, Get } from '@nestjs/common';
import { z } from 'zod';
import { keptInTables, keptInTopics } from './kept-data.ts';

const keptData = z.object({
  kept: z.array(
    z.object({
      /** A table of the database, or a topic of Kafka. */
      where: z.string(),
      of: z.string(),
      what: z.array(z.string()),
      until: z.string(),
    }),
  ),
  /** What is never kept. */
  never: z.array(z.string()),
});
type KeptData = z.output<typeof keptData>;

const tables = Object.entries(keptInTables).flatMap(([where, { of, until, columns }]) => {
  const what = Object.values(columns).filter((one) => one !== null);
  return what.length === 0 ? [] : [{ where: `table ${where}`, of, what, until }];
});
const topics = Object.entries(keptInTopics).map(([name, kept]) => ({ where: `topic ${name}`, ...kept }));

const answer: KeptData = {
  kept: [...tables, ...topics],
  never: ['messages of people', 'profiles beyond name, address, time zone and activity', 'bot tokens'],
};

@Controller('v1/privacy')
export class PrivacyController {
  @Get()
  @Answers({ body: keptData, example: { ...answer, kept: answer.kept.slice(0, 1) } })
  @Roles('member', 'admin', 'security_admin', 'owner', 'product')
  get(): KeptData {
    return answer;
  }
}
