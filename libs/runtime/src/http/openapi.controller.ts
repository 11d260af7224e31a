// GET /openapi.json of every service.
import { Controller, Get } from '@nestjs/common';
import { z } from 'zod';
import { Public } from '../auth/access.ts';
import { Answers } from './answers.ts';
import { OpenApi } from './openapi.ts';

const document = z.looseObject({ openapi: z.string() });

@Controller()
export class OpenApiController {
  constructor(private readonly openApi: OpenApi) {}

  @Public()
  @Get('openapi.json')
  @Answers({ body: document, example: { openapi: '3.0.0' } })
  document(): Promise<object> {
    return this.openApi.document();
  }
}
