import { Controller, Get, Header } from '@nestjs/common';
import { workersMetrics } from '@skreaver/workers';
import { register } from 'prom-client';
import { MetricsPage } from './metrics-page.js';

/** Serves prom-client's default registry, that of all workers together. `PrometheusModule` sets the path. */
@Controller()
export class MetricsController {
  private readonly page = new MetricsPage(workersMetrics);

  @Get()
  @Header('Content-Type', register.contentType)
  index(): Promise<string> {
    return this.page.read();
  }
}
