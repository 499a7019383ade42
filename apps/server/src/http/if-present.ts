import { ValidateIf } from 'class-validator';

/** A field that may be left out. `IsOptional` would let null pass as well, past the other rules of the field. */
export const IfPresent = (): PropertyDecorator => ValidateIf((_body, value) => value !== undefined);
