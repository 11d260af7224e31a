// Table of contents: the console's pages and its session will be listed here.
import { Module } from '@nestjs/common';

@Module({})
export class AppModule {}
