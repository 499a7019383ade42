import { BadRequestException, ValidationPipe } from '@nestjs/common';
import { WsErrorCode } from '@skreaver/nestjs-ws';
import type { ValidationError } from 'class-validator';

/** 400 with a sentence about what is wrong. */
export const invalidParams = (message: string): BadRequestException =>
  new BadRequestException({ code: WsErrorCode.InvalidParams, message });

/** Checks a DTO; fields that it does not have are refused, so that a misspelt one is not ignored. */
export const checkedParams = new ValidationPipe({
  whitelist: true,
  forbidNonWhitelisted: true,
  transform: true,
  exceptionFactory: (errors) => invalidParams(`${sentences(errors).join('; ')}.`),
});

const sentences = (errors: readonly ValidationError[]): string[] =>
  errors.flatMap(({ constraints }) => Object.values(constraints ?? {}));
