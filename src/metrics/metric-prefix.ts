import { type FactoryProvider, Inject, Injectable, type OnModuleInit, Optional } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { type PrometheusOptions, makeCounterProvider } from '@willsoto/nestjs-prometheus';

/** The token of the options of `PrometheusModule`, by which the providers of its package inject them. */
const PROMETHEUS_OPTIONS = optionsToken();

/**
 * The prefix of the application's metrics, which these metrics get too (`customMetricPrefix`). The application imports
 * `PrometheusModule` where it likes, so its options are looked for in all modules.
 */
@Injectable()
export class MetricPrefix implements OnModuleInit {
  readonly customMetricPrefix: string | undefined;

  constructor(
    @Optional() @Inject(PROMETHEUS_OPTIONS) private readonly visible: PrometheusOptions | undefined,
    private readonly modules: ModuleRef,
  ) {
    this.customMetricPrefix = this.options?.customMetricPrefix;
  }

  /** @throws Error when options of an asynchronous factory, which no module had yet, turn out to have a prefix */
  onModuleInit(): void {
    const prefix = this.options?.customMetricPrefix;
    if (prefix === this.customMetricPrefix) return;
    throw new Error(
      `PrometheusModule.registerAsync gives the customMetricPrefix "${prefix}" too late for the metrics of SkreaverWsModule. ` +
        'Set global: true in registerAsync.',
    );
  }

  /** Options that are visible to this module have been made before it; others may be null still. */
  private get options(): PrometheusOptions | null | undefined {
    if (this.visible !== undefined) return this.visible;
    try {
      return this.modules.get<PrometheusOptions | null>(PROMETHEUS_OPTIONS, { strict: false });
    } catch {
      // The application has no PrometheusModule.
      return undefined;
    }
  }
}

function optionsToken(): symbol {
  const { inject = [] } = makeCounterProvider({ name: 'token', help: 'token' }) as FactoryProvider;
  const [options] = inject as readonly { readonly token: symbol }[];
  return (options as { readonly token: symbol }).token;
}
