// GET /openapi.json of every service.
import { Controller, Get } from '@nestjs/common';
import { Public } from '../auth/access.ts';
import { OpenApi } from './openapi.ts';

@Controller()
export class OpenApiController {
  constructor(private readonly openApi: OpenApi) {}

  @Public()
  @Get('openapi.json')
  document(): Promise<object> {
    return this.openApi.document();
  }
}
