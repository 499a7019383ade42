import 'reflect-metadata';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AgentModule } from './agent.module.js';

const app = await NestFactory.create<NestExpressApplication>(AgentModule, { forceCloseConnections: true });
app.useStaticAssets(join(import.meta.dirname, '../public'));
app.enableShutdownHooks(['SIGTERM', 'SIGINT'], { useProcessExit: true }); // drains, then exits with 0
await app.listen(Number(process.env['PORT'] ?? 3000), '127.0.0.1');
new Logger('TokenStreaming').log(`Open ${await app.getUrl()}`);
