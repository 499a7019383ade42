import {
  type ArgumentsHost,
  Catch,
  Controller,
  type ExceptionFilter,
  Get,
  ServiceUnavailableException,
  UseFilters,
} from '@nestjs/common';
import { HealthCheck, HealthCheckService } from '@nestjs/terminus';
import { SkreaverWsHealthIndicator } from '@skreaver/nestjs-ws/terminus';

interface JsonResponse {
  status(status: number): JsonResponse;
  json(body: unknown): void;
}

/** Sends the report itself instead of `{code, message}`, since probes and people read its details. */
@Catch(ServiceUnavailableException)
class ReportFilter implements ExceptionFilter<ServiceUnavailableException> {
  catch(error: ServiceUnavailableException, host: ArgumentsHost): void {
    host.switchToHttp().getResponse<JsonResponse>().status(503).json(error.getResponse());
  }
}

@Controller('health')
@UseFilters(ReportFilter)
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly websocket: SkreaverWsHealthIndicator,
  ) {}

  /** Liveness: also 200 during a drain, which is not a reason to kill the process. */
  @Get('live')
  live(): { readonly status: 'ok' } {
    return { status: 'ok' };
  }

  /** Readiness for new connections: 503 from the start of the drain. */
  @Get('ready')
  @HealthCheck()
  ready(): ReturnType<HealthCheckService['check']> {
    return this.health.check([() => this.websocket.isReady('websocket')]);
  }
}
