/** A rule of class-validator for which JSON Schema has no keyword. */
export interface SchemaRule {
  /** Its name in class-validator, such as `isPhoneNumber`. */
  readonly name: string;
  /** Its arguments, where they are plain values. */
  readonly constraints?: readonly unknown[];
}

/** The keywords of JSON Schema (2020-12) that describe params, and `rules` for what they cannot say. */
export interface JsonSchema {
  /** The name of the DTO's class. */
  readonly title?: string;
  readonly type?: 'string' | 'number' | 'integer' | 'boolean' | 'array' | 'object';
  readonly format?: string;
  readonly pattern?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly multipleOf?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly rules?: readonly SchemaRule[];
}
