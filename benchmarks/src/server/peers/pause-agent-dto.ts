import { IsInt, IsOptional, IsString, Length, Max, Min } from 'class-validator';

/** What the clients ask for in P4; validated by Nest's pipe on both Nest servers. */
export class PauseAgentDto {
  @Length(1, 64)
  agent!: string;

  @IsInt()
  @Min(1)
  @Max(3600)
  seconds!: number;

  @IsOptional()
  @IsString()
  reason?: string;
}
