import { IsInt, IsOptional, IsString, Length, Max, Min } from 'class-validator';

/** Parameters of P4's request, validated by Nest's pipe on both Nest servers. */
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
