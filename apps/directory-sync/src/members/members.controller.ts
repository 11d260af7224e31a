// The routes by which products without Kafka write members: one, many as JSON, or up to 10,000 lines of NDJSON or
// CSV with an answer per line. Guarantees: those of MemberWrites; the tenant is one of the token's; JSON is taken
// as a whole or not at all.
import { Readable } from 'node:stream';
import { externalId } from '@carillon/domain';
import { Answers, Caller, problemOfFields, Roles, TakesBody, type Identity } from '@carillon/runtime';
import { Body, Controller, HttpCode, Param, Post, Put, Req, Res, StreamableFile } from '@nestjs/common';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { lineTypes, memberLines } from './member-lines.ts';
import { member, MemberWrites } from './member-writes.ts';
import { writeLines, type LineAnswer } from './write-lines.ts';

const memberParam = z.object({ member: externalId });
const memberBatch = z.object({
  members: z
    .array(member.extend({ memberId: externalId }))
    .min(1)
    .max(1_000)
    .superRefine((members, context) => {
      const seen = new Set<string>();
      members.forEach(({ memberId }, at) => {
        if (seen.has(memberId))
          context.addIssue({ code: 'custom', path: [at, 'memberId'], message: 'appears twice in this batch' });
        seen.add(memberId);
      });
    }),
});

const writtenMember = z.object({ memberId: z.string(), version: z.int() });
const acceptedMembers = z.object({ accepted: z.int() });
const lineAnswer = z.object({
  line: z.int(),
  memberId: z.string().optional(),
  ok: z.boolean(),
  version: z.int().optional(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});

@Controller('v1/members')
@Roles('admin', 'security_admin', 'owner', 'product')
export class MembersController {
  constructor(private readonly writes: MemberWrites) {}

  @Put(':member')
  @Answers({ body: writtenMember, example: { memberId: 'ada', version: 1796400000000 } })
  @HttpCode(202)
  async put(
    @Caller() caller: Identity,
    @Param({ schema: memberParam }) { member: memberId }: z.output<typeof memberParam>,
    @Body({ schema: member }) body: z.output<typeof member>,
  ): Promise<{ memberId: string; version: number }> {
    const [version] = await this.writes.write(caller, [{ ...body, memberId }]);
    return { memberId, version: version! };
  }

  @Post('batch')
  @TakesBody({ maxBytes: 8 * 1024 * 1024, inFlightBytes: 64 * 1024 * 1024, asBytes: lineTypes })
  @Answers({
    body: acceptedMembers,
    example: { accepted: 2 },
    also: [
      {
        status: 200,
        mediaType: 'application/x-ndjson',
        description: 'Of NDJSON and CSV: one such object a line for each line, in their order.',
        body: lineAnswer,
        example: { line: 1, memberId: 'ada', ok: true, version: 1796400000000 },
      },
    ],
  })
  @HttpCode(202)
  async batch(
    @Caller() caller: Identity,
    @Body({ schema: memberBatch.optional() }) body: z.output<typeof memberBatch> | undefined,
    @Req() request: Request & { rawBody?: Buffer },
    @Res({ passthrough: true }) response: Response,
  ): Promise<{ accepted: number } | StreamableFile> {
    const type = lineTypes.find((one) => request.is(one) !== false);
    if (type !== undefined && request.rawBody) {
      const lines = await memberLines(request.rawBody, type);
      const answers = writeLines(lines, (members) => this.writes.write(caller, members));
      // An error of the first write is one of the whole request.
      const first = await answers.next();
      response.status(200);
      return new StreamableFile(Readable.from(asText(first, answers)), { type: 'application/x-ndjson' });
    }
    if (!body) throw problemOfFields([], 'the body is missing');
    const versions = await this.writes.write(caller, body.members);
    return { accepted: versions.length };
  }
}

async function* asText(
  first: IteratorResult<LineAnswer[], void>,
  others: AsyncIterable<LineAnswer[]>,
): AsyncGenerator<string> {
  const text = (answers: LineAnswer[]) => answers.map((answer) => `${JSON.stringify(answer)}\n`).join('');
  if (!first.done) yield text(first.value);
  for await (const answers of others) yield text(answers);
}
