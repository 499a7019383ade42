import { ArrayMaxSize, IsString, Length } from 'class-validator';
import { PauseAgentDto } from '../pause-agent-dto.js';

export class SubscribeDto {
  @IsString({ each: true })
  @ArrayMaxSize(50)
  channels!: string[];
}

/** Carries an id set by the client, as the adapter does not correlate responses with requests. */
export class PauseMessageDto extends PauseAgentDto {
  @Length(1, 128)
  id!: string;
}
