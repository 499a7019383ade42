import { IsUUID, Length } from 'class-validator';

export class SayDto {
  /** Idempotency key: the page makes it, and reuses it when it resends a message that may not have arrived. */
  @IsUUID()
  id!: string;

  @Length(1, 500)
  text!: string;
}
