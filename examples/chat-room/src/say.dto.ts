import { IsUUID, Length } from 'class-validator';

export class SayDto {
  /** The page makes it, and sends it again with a message of which it cannot know whether it arrived. */
  @IsUUID()
  id!: string;

  @Length(1, 500)
  text!: string;
}
