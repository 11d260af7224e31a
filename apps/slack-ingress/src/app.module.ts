// Table of contents: what Slack sends will come in here, be verified, deduplicated and published.
import { Module } from '@nestjs/common';

@Module({})
export class AppModule {}
