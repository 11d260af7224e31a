// For operators: which keys seal how many tokens, and sealing all of them with the first key, so that an old key can be
// taken away. No part of a key is shown.
import { Controller, Get, HttpCode, Post } from '@nestjs/common';
import { Answers, AuditLog, Caller, Roles, type Identity } from '@carillon/runtime';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { SealedRows, type KeyUse, type Resealed } from './sealed-rows.ts';

const keyList = z.object({
  items: z.array(
    z.object({
      kid: z.string(),
      /** Rows that the key sealed. */
      rows: z.int(),
      /** Whether TOKEN_KEYS has the key; rows of an unknown one cannot be read. */
      known: z.boolean(),
    }),
  ),
});
const resealed = z.object({ kid: z.string(), resealed: z.int(), unreadable: z.int() });

@Controller('v1/keys')
@Roles('operator')
export class KeysController {
  constructor(
    private readonly rows: SealedRows,
    private readonly audit: AuditLog,
    private readonly dataSource: DataSource,
  ) {}

  @Get()
  @Answers({ body: keyList, example: { items: [{ kid: '2026-11', rows: 12, known: true }] } })
  async list(): Promise<{ items: KeyUse[] }> {
    return { items: await this.rows.keysInUse() };
  }

  @Post('reseal')
  @Answers({ body: resealed, example: { kid: '2026-11', resealed: 12, unreadable: 0 } })
  @HttpCode(200)
  async reseal(@Caller() caller: Identity): Promise<Resealed> {
    const result = await this.rows.sealAnew();
    await this.dataSource.transaction((manager) =>
      this.audit.record(manager, caller, {
        action: 'keys.resealed',
        subject: `key:${result.kid}`,
        detail: { ...result },
      }),
    );
    return result;
  }
}
