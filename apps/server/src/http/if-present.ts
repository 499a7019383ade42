import { ValidateIf } from 'class-validator';

/** Marks a field that may be absent. `IsOptional` would also skip the field's other rules for null. */
export const IfPresent = (): PropertyDecorator => ValidateIf((_body, value) => value !== undefined);
