import { ArrayMaxSize, IsString, Length } from 'class-validator';
import { PauseAgentDto } from '../pause-agent-dto.js';

export class SubscribeDto {
  @IsString({ each: true })
  @ArrayMaxSize(50)
  channels!: string[];
}

/** With an id of the client's, as the adapter knows no way to tell which answer is whose. */
export class PauseMessageDto extends PauseAgentDto {
  @Length(1, 128)
  id!: string;
}
