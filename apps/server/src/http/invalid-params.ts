import { BadRequestException, ValidationPipe } from '@nestjs/common';
import { WsErrorCode } from '@skreaver/nestjs-ws';
import type { ValidationError } from 'class-validator';

export const invalidParams = (message: string): BadRequestException =>
  new BadRequestException({ code: WsErrorCode.InvalidParams, message });

/** Validates a DTO. Unknown fields are rejected, so that a misspelt one is not ignored. */
export const checkedParams = new ValidationPipe({
  whitelist: true,
  forbidNonWhitelisted: true,
  transform: true,
  exceptionFactory: (errors) => invalidParams(`${sentences(errors).join('; ')}.`),
});

const sentences = (errors: readonly ValidationError[]): string[] =>
  errors.flatMap(({ constraints }) => Object.values(constraints ?? {}));
