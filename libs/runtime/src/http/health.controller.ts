// What the platform asks of every process. Promises: /healthz says only that the process answers (no dependency can make
// Kubernetes restart it), /readyz whether it can do its work now, with the reason when it cannot.
import { metricsContentType, metricsText } from '@carillon/telemetry';
import { Controller, Get, Res } from '@nestjs/common';
import type { Response } from 'express';
import { Public } from '../auth/identity.ts';
import { Lifecycle } from '../process/lifecycle.ts';
import { Readiness } from '../process/readiness.ts';

@Public()
@Controller()
export class HealthController {
  constructor(
    private readonly readiness: Readiness,
    private readonly lifecycle: Lifecycle,
  ) { }

  @Get('healthz')
  healthz(): { status: string } {
    return { status: 'ok' };
  }

  @Get('readyz')
  async readyz(@Res() response: Response): Promise<void> {
    const report = await this.readiness.report();
    const ready = report.ready && !this.lifecycle.stopping;
    response.status(ready ? 200 : 503).json({ status: this.lifecycle.stopping ? 'stopping' : ready ? 'ready' : 'waiting', checks: report.checks });
  }

  @Get('metrics')
  async metrics(@Res() response: Response): Promise<void> {
    response.type(metricsContentType).send(await metricsText());
  }
}
