import { Controller, Get, Header } from '@nestjs/common';
import { register } from 'prom-client';
import { MetricsPage } from './metrics-page.js';

/** Serves prom-client's default registry. `PrometheusModule` sets the path. */
@Controller()
export class MetricsController {
  private readonly page = new MetricsPage(() => register.metrics());

  @Get()
  @Header('Content-Type', register.contentType)
  index(): Promise<string> {
    return this.page.read();
  }
}
