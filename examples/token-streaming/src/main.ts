import 'reflect-metadata';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AgentModule } from './agent.module.js';

const app = await NestFactory.create<NestExpressApplication>(AgentModule, { forceCloseConnections: true });
app.useStaticAssets(join(import.meta.dirname, '../public'));
// The page imports the modules of the client as they are; a bundler would make one file of them.
app.useStaticAssets(dirname(fileURLToPath(import.meta.resolve('@skreaver/client'))), { prefix: '/client' });
app.useStaticAssets(dirname(fileURLToPath(import.meta.resolve('@skreaver/protocol'))), { prefix: '/protocol' });
app.enableShutdownHooks(['SIGTERM', 'SIGINT'], { useProcessExit: true }); // drains, then exits with 0
await app.listen(Number(process.env['PORT'] ?? 3000), '127.0.0.1');
new Logger('TokenStreaming').log(`Open ${await app.getUrl()}`);
