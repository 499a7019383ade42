import { Controller, Get, Inject, NotFoundException } from '@nestjs/common';
import { RequestMethods, type RequestMethodDescription } from '@skreaver/nestjs-ws';

/** The token of what tells whether this server runs in development. */
export const IS_DEVELOPMENT = Symbol('isDevelopment');

/** The methods that this server answers, with the schemas of their params. In development only: they show its code. */
@Controller('api/methods')
export class MethodsController {
  constructor(
    private readonly methods: RequestMethods,
    @Inject(IS_DEVELOPMENT) private readonly isDevelopment: boolean,
  ) {}

  @Get()
  list(): { readonly methods: readonly RequestMethodDescription[] } {
    if (this.isDevelopment) return { methods: this.methods.describe() };
    const message = 'The methods are listed in development only; NODE_ENV is "production".';
    throw new NotFoundException({ code: 'NOT_FOUND', message });
  }
}
